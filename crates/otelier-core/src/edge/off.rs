//! The same where telemetry is compiled out: what an edge is made of records
//! nothing.

#[path = "http_client/off.rs"]
pub mod http_client;
#[path = "kept.rs"]
mod kept;
#[path = "layered.rs"]
mod layered;
#[path = "no_shadow.rs"]
mod shadow;
#[path = "silent.rs"]
pub mod silent;
#[path = "traced.rs"]
mod traced;

pub use self::{
    kept::Kept,
    layered::{Around, Layered, Unlayered, layered, unlayered},
    traced::{Never, Scope, Traced},
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_takes_no_place() {
        assert!(Kept::new(|| Some("orders".to_owned())).get().is_none());
        assert_eq!(size_of::<Traced<Box<u8>, Never>>(), size_of::<Box<u8>>());
    }
}
