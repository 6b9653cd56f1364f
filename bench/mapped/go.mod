module mapped

go 1.19
