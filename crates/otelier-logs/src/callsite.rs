//! What is worked out once for each place that an event stands at.

use std::cell::RefCell;

use tracing_core::{Metadata, field::FieldSet};

use crate::{event_name, log_crate::given_name};

/// How many places' answers each thread keeps.
const PLACES: usize = 64;

/// What the metadata of an event says.
#[derive(Clone, Copy)]
pub(crate) struct Callsite {
    /// Where the metadata lies, which it does for ever.
    at: usize,
    /// The name that it was given on purpose.
    pub(crate) name: Option<&'static str>,
    /// Whether a field names the event.
    #[cfg_attr(
        not(feature = "console"),
        expect(dead_code, reason = "log records look at each field anyway")
    )]
    pub(crate) has_name_field: bool,
    /// Whether two fields have one name.
    #[cfg_attr(
        not(feature = "console"),
        expect(dead_code, reason = "log records have both, and the last one counts")
    )]
    pub(crate) has_double: bool,
    /// Whether the message is the first field.
    #[cfg_attr(
        not(feature = "console"),
        expect(dead_code, reason = "log records take fields in any order")
    )]
    pub(crate) has_message_first: bool,
}

const NONE: Callsite = Callsite {
    at: 0,
    name: None,
    has_name_field: false,
    has_double: false,
    has_message_first: false,
};

thread_local! {
    static KNOWN: RefCell<[Callsite; PLACES]> = const { RefCell::new([NONE; PLACES]) };
}

impl Callsite {
    #[inline]
    pub(crate) fn of(metadata: &'static Metadata<'static>) -> Self {
        let at = std::ptr::from_ref(metadata).addr();
        // They lie at any distance: the upper bits of a product depend on all of the lower ones.
        let hash = (at as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .to_be_bytes();
        let place = usize::from(hash[0]) % PLACES;
        let known = KNOWN.try_with(|known| {
            let mut known = known.try_borrow_mut().ok()?;
            let slot = known.get_mut(place)?;
            if slot.at != at {
                *slot = Self::new(metadata);
            }
            Some(*slot)
        });
        known.ok().flatten().unwrap_or_else(|| Self::new(metadata))
    }

    #[inline(never)]
    fn new(metadata: &'static Metadata<'static>) -> Self {
        Self {
            at: std::ptr::from_ref(metadata).addr(),
            name: given_name(metadata),
            has_name_field: metadata.fields().field(event_name::FIELD).is_some(),
            has_double: has_double(metadata.fields()),
            has_message_first: metadata
                .fields()
                .iter()
                .next()
                .is_some_and(|field| field.name() == "message"),
        }
    }
}

fn has_double(fields: &FieldSet) -> bool {
    fields.iter().any(|field| {
        let mut later = fields.iter().skip(field.index() + 1);
        later.any(|other| other.name() == field.name())
    })
}
