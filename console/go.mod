// Nothing here is Go. This file keeps the Go tools of the tree out of what npm installs here: one of its packages has Go files.
module attune/console

go 1.26
