//! Worlds, applications and end-to-end stories.
