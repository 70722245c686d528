//! What code adds to the SDK, where there is none.

/// Nothing can be added to what is not there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hooks {}
