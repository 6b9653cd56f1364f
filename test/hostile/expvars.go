package main

import "strings"

// What stands at the page of expvar.
var expvars = []page{
	vars("deep", "a million brackets that open", say(`{"a":`), many("[", mib)),
	vars("deep-memstats", "memstats that are sixty brackets deep, a thousand times",
		say(`{"memstats":[`+strings.Repeat(strings.Repeat("[", 60)+strings.Repeat("]", 60)+",", 1000)+`0]}`),
	),
	vars("brackets", "five million pairs of brackets", say(`{"a":[`), many("[],", manyBytes), say(`0]}`)),
	vars("keys", "a million keys", say(`{`), many(`"m":1,`, 6*mib), closing),
	vars("near-keys", "a million keys that are nearly memstats", say(`{`), many(`"memstat":1,`, 12*mib), closing),
	vars("giant-string", "a string of 16 MiB", say(`{"a":"`), many("x", manyBytes), say(`",`), closing),
	vars("escapes", "a string of eight million escapes", say(`{"a":"`), many(`\"`, manyBytes), say(`",`), closing),
	vars("quotes", "three million short strings", say(`{"a":["`), many(`","`, 9*mib), say(`"],`), closing),
	vars("spaces", "16 MiB of space between key and value", say(`{"memstats"`), many(" ", manyBytes), say(":{}}")),
	vars("giant-memstats", "memstats of 8 MiB", say(`{"memstats":{"A":"`), many("x", 8*mib), say(`"}}`)),
	vars("many-fields", "memstats with twenty thousand fields", say(`{"memstats":{`), many(`"F":1,`, 120_000), say(`"G":1}}`)),
	vars("two-memstats", "memstats twice", say(strings.TrimSuffix(asJSON(quiet()), "}\n")+`,"memstats":{}}`)),
	vars("escaped-key", "memstats by an escaped name", say(strings.Replace(asJSON(quiet()), "memstats", `\u006demstats`, 1))),
	vars("escaped-twice", "HeapSys once more, by an escaped name", say(strings.Replace(asJSON(quiet()), `"HeapSys":`, `"\u0048eapSys":1,"HeapSys":`, 1))),
	vars("escaped-later", "HeapSys once more, by an escaped name that comes last", say(strings.Replace(asJSON(quiet()), "}}", `,"\u0048eapSys":1}}`, 1))),
	vars("prototype", "fields of the name __proto__", say(`{"__proto__":{"memstats":{}},"memstats":{"__proto__":`+asJSON(quiet())+`}}`)),
	vars("truncated", "an object without its end", say(strings.TrimSuffix(asJSON(quiet()), "}}\n"))),
	vars("after", "text after the object", say(asJSON(quiet())+"{}")),
	vars("exponents", "numbers with exponents of a thousand digits", say(asJSON(with(quiet(), "HeapSys", "1e"+strings.Repeat("9", 1000))))),
	vars("array", "an array", say(`[{"memstats":{}}]`)),
	vars("null", "memstats that are null", say(`{"memstats":null}`)),
	vars("byte-order-mark", "a byte order mark ahead of the object", say("\ufeff"+asJSON(quiet()))),
	vars("not-utf8", "bytes that are no text", say("{\"\xff\xfe\":\"\xc0\x80\x1b\","+asJSON(quiet())[1:])),
}

func vars(name, what string, parts ...part) page {
	return page{"expvar", name, what, body("application/json", parts...)}
}

// The honest rest of an object that was begun.
var closing = say(asJSON(quiet())[1:])
