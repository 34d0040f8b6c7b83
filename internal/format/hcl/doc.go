// Package hcl reads and writes the native syntax of HCL, in which configurations of Terraform
// are written: attributes and blocks with the lines on which they stand. Values that are
// literals, templates or references are read as such; what has to be computed, such as a
// function call, is kept as its source.
package hcl
