package io.bargein.server.spi;

/**
 * The tokens of one answer, as the upstream counted them.
 *
 * @param inputTokens tokens read, those from the cache not included
 * @param outputTokens tokens written
 * @param cacheReadInputTokens tokens read from the prompt cache
 * @param cacheWriteInputTokens tokens written to the prompt cache
 */
public record Usage(long inputTokens, long outputTokens, long cacheReadInputTokens, long cacheWriteInputTokens) {}
