//! What is recorded of a call.

mod attributes;
mod names;
mod operation;

pub(crate) use self::{
    attributes::{
        Attributes, Kept, add, add_name, add_number, fraction, hide, shown, text, truth, whole,
    },
    names::Names,
    operation::{
        Failed, Prepared, Running, begin, end, enter, failed, failed_by_type, failed_in_box,
        prepare,
    },
};
