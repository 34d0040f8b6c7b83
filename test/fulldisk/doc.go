// Package fulldisk runs the program on small disks of its own and fills them: that of the
// data folder, of the scratch folder, and of the buckets. Nothing may be lost or be half
// visible, the API must answer, and what failed for want of room must say what to do.
package fulldisk
