package io.postrider.testkit.dns;

/** What a DNS server does with questions about a name. */
public enum DnsBehaviour {
    /** Answers from its zone. */
    ANSWER,
    /** Says that it could not find out. */
    SERVFAIL,
    /** Does not want to say. */
    REFUSED,
    /** Says nothing. */
    SILENT,
    /** Answers by UDP that the answer does not fit, and by TCP from its zone. */
    TRUNCATE,
    /** Answers with another id, as one who guesses. */
    WRONG_ID,
    /** Answers another question. */
    WRONG_QUESTION,
    /** Answers with the records of another name. */
    WRONG_OWNER,
    /** Answers from its zone, without what CNAMEs lead to. */
    BARE_CNAME,
    /** Answers from its zone, saying that it has validated the answer. */
    AUTHENTICATED,
    /** Keeps the question until it behaves otherwise, and answers it then. */
    HOLD
}
