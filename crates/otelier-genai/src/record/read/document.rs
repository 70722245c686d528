//! Documents as a whole, where content is asked for.

use serde_json::Value;

/// Larger documents are not read as a whole.
const MAX_DOCUMENT: usize = 256 * 1024;

/// The document that passes by, and those that did.
#[derive(Debug, Default)]
pub(super) struct Documents {
    bytes: Vec<u8>,
    is_too_large: bool,
    ended: Vec<Value>,
}

impl Documents {
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.is_too_large || self.bytes.len() + bytes.len() > MAX_DOCUMENT {
            self.is_too_large = true;
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    pub(super) fn end(&mut self) {
        // What is no JSON, such as the end of OpenAI's streams, says nothing.
        if let Ok(document) = serde_json::from_slice(&self.bytes) {
            self.ended.push(document);
        }
        self.bytes.clear();
        self.is_too_large = false;
    }

    pub(super) fn take(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.ended)
    }
}
