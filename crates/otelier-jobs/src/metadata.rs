//! A job's context in the metadata of an apalis task.

use std::convert::Infallible;

use apalis_core::task::metadata::{Metadata, MetadataStore};

use crate::context::Context;

impl Metadata for Context {
    type Error = Infallible;

    fn extract(store: &MetadataStore) -> Result<Self, Infallible> {
        Ok(store.iter().collect())
    }

    fn inject(&self, store: &mut MetadataStore) -> Result<(), Infallible> {
        for (name, value) in self.iter() {
            store.replace(name, value);
        }
        Ok(())
    }
}
