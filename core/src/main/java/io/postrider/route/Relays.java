package io.postrider.route;

import io.postrider.store.Catalogue;

/** The relays. */
public interface Relays extends Catalogue<Relay> {}
