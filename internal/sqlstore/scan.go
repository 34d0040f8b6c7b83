package sqlstore

import (
	"database/sql"

	"github.com/reelastic/reelastic/internal/task"
)

func scanText(rows *sql.Rows) (s string, err error) {
	err = rows.Scan(&s)
	return s, err
}

func scanAdmission(rows *sql.Rows) (a task.Admission, err error) {
	err = rows.Scan(&a.TaskID, &a.Number)
	return a, err
}
