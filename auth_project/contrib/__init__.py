"""Django's own apps, made to live on MongoDB: their keys, and their migrations, which differ from Django's."""
