namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>
/// Where a token lies in the text that it was encoded from, in UTF-16 units. Tokens that share a character, as bytes of it, all have its
/// whole span; what a tokenizer puts before a text has an empty one.
/// </summary>
/// <param name="Start">The first unit.</param>
/// <param name="End">The unit after the last.</param>
public readonly record struct TokenSpan(int Start, int End);
