"""Cards: functions that turn records into components."""
