// What gitleaks does with a text before entropy and allowlists, rebuilt for comparison where the program itself is not at hand:
// fragments of 100 KB, lower-cased, searched for all keywords at once (Aho and Corasick, 1975); then Go's regexp, over the
// fragment, for each rule that has a keyword there or none at all. What it leaves out (entropy, allowlists, decoding,
// reports) is to its advantage.
//
// Usage: gitleaks-core RULES CORPUS ROUNDS. RULES: a JSON list of {pattern, keywords}. CORPUS: for each text a 32-bit
// little-endian length, then its bytes. Prints one line of JSON with the least CPU seconds of a round.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

const fragmentBytes = 100_000

type rule struct {
	Pattern  string
	Keywords []string
	compiled *regexp.Regexp
}

// For each state and byte the next state, and which keywords end in it.
type automaton struct {
	next [][256]int32
	ends [][]int
}

func newAutomaton(keywords []string) *automaton {
	a := &automaton{next: make([][256]int32, 1), ends: make([][]int, 1)}
	for number, keyword := range keywords {
		state := int32(0)
		for i := 0; i < len(keyword); i++ {
			if a.next[state][keyword[i]] == 0 {
				a.next = append(a.next, [256]int32{})
				a.ends = append(a.ends, nil)
				a.next[state][keyword[i]] = int32(len(a.next) - 1)
			}
			state = a.next[state][keyword[i]]
		}
		a.ends[state] = append(a.ends[state], number)
	}
	fail := make([]int32, len(a.next))
	queue := []int32{}
	for _, child := range a.next[0] {
		if child != 0 {
			queue = append(queue, child)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		for b := 0; b < 256; b++ {
			child := a.next[state][b]
			other := a.next[fail[state]][b]
			if child == 0 {
				a.next[state][b] = other
				continue
			}
			fail[child] = other
			a.ends[child] = append(a.ends[child], a.ends[other]...)
			queue = append(queue, child)
		}
	}
	return a
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Sec+usage.Stime.Sec) + float64(usage.Utime.Usec+usage.Stime.Usec)/1e6
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	var rules []*rule
	text, err := os.ReadFile(os.Args[1])
	check(err)
	check(json.Unmarshal(text, &rules))
	keywords := []string{}
	users := []int{}
	refused := 0
	for i, r := range rules {
		if r.compiled, err = regexp.Compile(r.Pattern); err != nil {
			refused++
			continue
		}
		for _, keyword := range r.Keywords {
			keywords = append(keywords, strings.ToLower(keyword))
			users = append(users, i)
		}
	}
	search := newAutomaton(keywords)
	corpus, err := os.ReadFile(os.Args[2])
	check(err)
	rounds, err := strconv.Atoi(os.Args[3])
	check(err)
	best, matches := 0.0, 0
	for round := 0; round < rounds; round++ {
		matches = 0
		begin := cpuSeconds()
		for at := 0; at < len(corpus); {
			length := int(binary.LittleEndian.Uint32(corpus[at:]))
			at += 4
			for end := at + length; at < end; {
				size := fragmentBytes
				if size > end-at {
					size = end - at
				}
				matches += scan(string(corpus[at:at+size]), rules, search, users)
				at += size
			}
		}
		if seconds := cpuSeconds() - begin; round == 0 || seconds < best {
			best = seconds
		}
	}
	fmt.Printf("{\"seconds\":%.6f,\"matches\":%d,\"refused\":%d}\n", best, matches, refused)
}

func scan(fragment string, rules []*rule, search *automaton, users []int) int {
	wanted := make([]bool, len(rules))
	lower := strings.ToLower(fragment)
	state := int32(0)
	for i := 0; i < len(lower); i++ {
		state = search.next[state][lower[i]]
		for _, keyword := range search.ends[state] {
			wanted[users[keyword]] = true
		}
	}
	matches := 0
	for i, r := range rules {
		if r.compiled != nil && (wanted[i] || len(r.Keywords) == 0) {
			matches += len(r.compiled.FindAllStringIndex(fragment, -1))
		}
	}
	return matches
}
