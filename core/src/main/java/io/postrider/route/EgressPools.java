package io.postrider.route;

import io.postrider.store.Catalogue;

/** The egress pools. */
public interface EgressPools extends Catalogue<EgressPool> {}
