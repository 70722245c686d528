//! Records of the `log` crate, as events of `tracing`.

/// Makes events of them. A logger that is already set is the program's choice.
pub(crate) fn bridge() {
    otelier_logs::install_log_tracer().ok();
}
