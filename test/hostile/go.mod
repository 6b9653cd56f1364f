module hostile

go 1.23
