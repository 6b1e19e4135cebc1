/**
 * What callers of a store port rely on, as tests. The test of a store implements the contract of each port and gives a port on an empty store for each test.
 */
@NullMarked
package io.postrider.testkit.contract;

import org.jspecify.annotations.NullMarked;
