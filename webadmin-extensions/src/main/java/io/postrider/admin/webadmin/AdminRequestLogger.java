package io.postrider.admin.webadmin;

import javax.inject.Inject;
import org.apache.james.webadmin.mdc.RequestId;
import org.apache.james.webadmin.mdc.RequestLogger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import spark.Request;

/**
 * Logs each request in a line. James would log the body as well, passwords included, and read all of it before it knows who asks: bind this one in the
 * set of request loggers.
 */
public final class AdminRequestLogger implements RequestLogger {
    private static final Logger LOGGER = LoggerFactory.getLogger(AdminRequestLogger.class);

    @Inject
    public AdminRequestLogger() {}

    @Override
    public boolean applies(Request request) {
        return true;
    }

    @Override
    public void log(Request request, RequestId requestId) {
        LOGGER.info(
                "{} {} from {} ({})",
                request.requestMethod(),
                request.raw().getRequestURI(),
                request.ip(),
                requestId.asString());
    }
}
