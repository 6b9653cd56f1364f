package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// The cache of an informer: what the API server sent, as unstructured objects.
var objects map[string]map[string]any

// An index that nobody cleans up: every tenth item, by name. Little lives by it, but it lies in nearly every span of its sizes, and a span
// with one live object can't be given back: that is the floor that the operator does not come down from.
var index = map[string]any{}

// As many workers as a controller has by MaxConcurrentReconciles, when somebody cares about speed.
const workers = 16

// Makes the objects as a watch brings them, all of them decoded from their JSON, and reconciles each: a deep copy, changed, encoded for the
// update and for the annotation of what was last applied. Then it does that again, as the resync of an informer has it: so the heap goes through
// whole cycles of the collector while all objects live, and how high it gets does not depend on when one began.
func create(count int) error {
	objects = map[string]map[string]any{}
	for sync := 0; sync < 4; sync++ {
		if err := reconcileAll(count); err != nil {
			return err
		}
	}
	return nil
}

func reconcileAll(count int) error {
	made := make(chan map[string]any)
	names := make(chan int)
	var group sync.WaitGroup
	var first error
	var once sync.Once
	for i := 0; i < workers; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for n := range names {
				object, err := reconcile(n)
				if err != nil {
					once.Do(func() { first = err })
					continue
				}
				made <- object
			}
		}()
	}
	go func() {
		for n := 0; n < count; n++ {
			names <- n
		}
		close(names)
		group.Wait()
		close(made)
	}()
	for object := range made {
		name := fmt.Sprint(object["name"])
		objects[name] = object
		spec, _ := object["spec"].(map[string]any)
		items, _ := spec["items"].([]any)
		for i := 0; i < len(items); i += 10 {
			index[fmt.Sprint(name, i)] = items[i]
		}
	}
	return first
}

func reconcile(n int) (map[string]any, error) {
	sent := encoded(n)
	object, err := decoded(sent)
	if err != nil {
		return nil, err
	}
	again, err := decoded(sent) // the deep copy
	if err != nil {
		return nil, err
	}
	again["status"] = "Ready"
	applied, err := json.Marshal(again)
	if err != nil {
		return nil, err
	}
	object["lastApplied"] = string(applied)
	return object, nil
}

func decoded(text []byte) (map[string]any, error) {
	var object map[string]any
	err := json.Unmarshal(text, &object)
	return object, err
}

// A custom resource of about 9 KiB.
func encoded(n int) []byte {
	items := make([]string, 40)
	for i := range items {
		items[i] = fmt.Sprintf(`{"name":"item-%d-%d","labels":{"a":"%d","b":"value"},"image":"registry.example/app:%d","ports":[80,443,%d],"note":"%s"}`,
			n, i, i, n, i, strings.Repeat("x", 64))
	}
	return []byte(fmt.Sprintf(`{"kind":"Widget","name":"widget-%d","spec":{"items":[%s]}}`, n, strings.Join(items, ",")))
}
