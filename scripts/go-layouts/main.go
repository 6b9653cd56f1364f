// Command go-layouts prints what a Go program's debug information (DWARF, as `go build` writes it) says of its own runtime: one line `NAME VALUE` for each
// NAME that it knows, after one with the release of Go that built it. A type's name stands for its size (runtime.mspan), a type's with a field for the field's offset (runtime.mspan.startAddr, through
// embedded structs runtime.mheap.pages.summary), a variable's with fields for their offsets in it, and a constant's for its value.
//
// Usage: go run scripts/go-layouts/main.go PROGRAM NAME...
package main

import (
	"debug/buildinfo"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"os"
	"strings"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: go run scripts/go-layouts/main.go PROGRAM NAME...")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintf(os.Stderr, "go-layouts: %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

func run(program string, names []string) error {
	file, err := elf.Open(program)
	if err != nil {
		return err
	}
	defer file.Close()
	data, err := file.DWARF()
	if err != nil {
		return fmt.Errorf("%w (was it linked with -s or -w?)", err)
	}
	constants, types, err := index(data)
	if err != nil {
		return err
	}
	build, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	fmt.Println("go", build.GoVersion)
	for _, name := range names {
		if value, ok := constants[name]; ok {
			fmt.Println(name, value)
		} else if value, ok := layout(data, types, name); ok {
			fmt.Println(name, value)
		}
	}
	return nil
}

// index finds the runtime's constants, types and variables, the latter by the offset of their type.
func index(data *dwarf.Data) (map[string]int64, map[string]dwarf.Offset, error) {
	constants, types := map[string]int64{}, map[string]dwarf.Offset{}
	for reader := data.Reader(); ; {
		entry, err := reader.Next()
		if err != nil || entry == nil {
			return constants, types, err
		}
		name, _ := entry.Val(dwarf.AttrName).(string)
		if entry.Tag == dwarf.TagCompileUnit || !strings.HasPrefix(name, "runtime.") {
			if entry.Tag == dwarf.TagSubprogram {
				reader.SkipChildren()
			}
			continue
		}
		switch entry.Tag {
		case dwarf.TagConstant:
			if value, ok := entry.Val(dwarf.AttrConstValue).(int64); ok {
				constants[name] = value
			}
		case dwarf.TagStructType, dwarf.TagTypedef:
			types[name] = entry.Offset
		case dwarf.TagVariable:
			if offset, ok := entry.Val(dwarf.AttrType).(dwarf.Offset); ok {
				types[name] = offset
			}
		case dwarf.TagSubprogram:
			reader.SkipChildren()
		}
	}
}

// layout is the size of a type or the offset of a field in it.
func layout(data *dwarf.Data, types map[string]dwarf.Offset, name string) (int64, bool) {
	parts := strings.Split(name, ".")
	offset, ok := types[strings.Join(parts[:2], ".")]
	if !ok {
		return 0, false
	}
	kind, err := data.Type(offset)
	if err != nil {
		return 0, false
	}
	if len(parts) == 2 {
		return kind.Size(), true
	}
	return fieldOffset(kind, parts[2:])
}

func fieldOffset(kind dwarf.Type, path []string) (int64, bool) {
	for {
		typedef, ok := kind.(*dwarf.TypedefType)
		if !ok {
			break
		}
		kind = typedef.Type
	}
	structure, ok := kind.(*dwarf.StructType)
	if !ok {
		return 0, false
	}
	for _, field := range structure.Field {
		if field.Name != path[0] {
			continue
		}
		if len(path) == 1 {
			return field.ByteOffset, true
		}
		inner, ok := fieldOffset(field.Type, path[1:])
		return field.ByteOffset + inner, ok
	}
	return 0, false
}
