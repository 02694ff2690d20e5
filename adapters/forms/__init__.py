"""What comes as a file or as a form: fax, letters, web forms, wishes to be called back."""
