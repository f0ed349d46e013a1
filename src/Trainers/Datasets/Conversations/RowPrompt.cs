using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Datasets;

/// <summary>The prompt of a row.</summary>
/// <param name="Asked">As the file has it; in a conversation, what was said last.</param>
/// <param name="Text">As the model reads it: wrapped in the chat template if there is one.</param>
/// <param name="Messages">The conversation up to the completion; empty without a chat template.</param>
/// <param name="Tokens">Number of tokens; 0 if it cannot be tokenized.</param>
internal sealed record RowPrompt(string Asked, string Text, IReadOnlyList<ChatMessage> Messages, int Tokens);
