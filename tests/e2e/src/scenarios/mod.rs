//! The programs.

pub(crate) mod edges;
pub(crate) mod ends;
pub(crate) mod flood;
pub(crate) mod footprint;
pub(crate) mod hooks;
pub(crate) mod jobs;
pub(crate) mod large;
pub(crate) mod leaky;
pub(crate) mod logs;
pub(crate) mod obey;
pub(crate) mod relay;
pub(crate) mod served;
pub(crate) mod spans;
pub(crate) mod stalls;
pub(crate) mod subscribers;
pub(crate) mod twice;
