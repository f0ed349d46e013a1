namespace RlCore.Trainers.Metrics;

/// <summary>A token of a completion, as samples.csv keeps it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">
/// The characters that are complete with it. The texts of all tokens together are the completion; that of a token that reads as nothing,
/// such as the end of sequence, or that ends within a character, is empty.
/// </param>
/// <param name="LogProb">Its log-prob under the distribution that it was drawn from, in nats.</param>
/// <param name="Advantage">Its advantage; null where the stage has none of single tokens.</param>
internal sealed record SampleToken(int Id, string Text, float LogProb, float? Advantage);
