// Whom the precompiled headers of tests belong to.
