"""What other programs reach over HTTP. Heavy to import: name the module that is needed."""
