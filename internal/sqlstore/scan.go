package sqlstore

import (
	"database/sql"

	"github.com/reelastic/reelastic/internal/transcode"
)

func scanText(rows *sql.Rows) (s string, err error) {
	err = rows.Scan(&s)
	return s, err
}

func scanAdmission(rows *sql.Rows) (a transcode.Admission, err error) {
	err = rows.Scan(&a.TaskID, &a.Number)
	return a, err
}
