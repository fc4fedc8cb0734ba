pub(super) fn check(_regex: &str) -> Result<(), &'static str> {
    Ok(())
}
