# Reads the output of `go test -v` of several packages. Prints one line with the
# time of each package, and everything that a failed package printed; counts
# top-level tests and notes the skipped ones in the folder `results`.
# Exit status 1 when something failed.

/^--- PASS: / { passed++ }
/^--- FAIL: / { failed++ }

# The reason of a skip is the last thing that the test logged.
/^=== (RUN|NAME|CONT)/ { test = $3 }
/^ +[^ ]+\.go:[0-9]+: / {
	note[test] = $0
	sub(/^ +[^ ]+: /, "", note[test])
}

/^ *--- SKIP: / {
	if ($0 ~ /^---/) skipped++
	print "skipped: " $3 ": " note[$3] >> (results "/skipped")
}

/^(ok  |\?   )\t/ {
	if ($1 == "ok") print
	delete lines
	n = 0
	next
}

/^FAIL\t/ {
	bad = 1
	for (i = 1; i <= n; i++)
		if (lines[i] !~ /^(=== |PASS$| *--- PASS: )/) print lines[i]
	print
	delete lines
	n = 0
	next
}

{ lines[++n] = $0 }

END {
	for (i = 1; i <= n; i++)
		if (lines[i] != "FAIL" && lines[i] !~ /^\t/) print lines[i]
	print "passed " passed + 0 >> (results "/counts")
	print "failed " failed + 0 >> (results "/counts")
	print "skipped " skipped + 0 >> (results "/counts")
	exit bad
}
