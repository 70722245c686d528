//! What is read within parentheses, by how deep they are.

/// How deep a text is in parentheses, and what is read at each of the first 64 depths.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    pub(super) depth: u32,
    /// `FROM` leads to tables here.
    selects: u64,
    /// A comma leads to another table here.
    lists: u64,
}

impl Nesting {
    #[inline]
    fn bit(&self) -> u64 {
        1u64.checked_shl(self.depth).unwrap_or(0)
    }

    pub(super) fn open(&mut self) {
        self.depth += 1;
        self.selects &= !self.bit();
        self.lists &= !self.bit();
    }

    pub(super) fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub(super) fn begin_select(&mut self) {
        self.selects |= self.bit();
    }

    pub(super) fn is_select(&self) -> bool {
        self.selects & self.bit() != 0
    }

    pub(super) fn has_select(&self) -> bool {
        self.selects != 0
    }

    pub(super) fn begin_list(&mut self) {
        self.lists |= self.bit();
    }

    pub(super) fn end_list(&mut self) {
        self.lists &= !self.bit();
    }

    pub(super) fn is_list(&self) -> bool {
        self.lists & self.bit() != 0
    }
}
