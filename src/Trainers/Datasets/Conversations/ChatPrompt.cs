using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Datasets;

/// <summary>How datasets, and prompts that are typed, are wrapped in a model's chat template.</summary>
internal static class ChatPrompt
{
    /// <summary>
    /// What templates are given. The date of those that write one stays the same, so that a run can be repeated: it is the date that
    /// Llama 3.1's template falls back on.
    /// </summary>
    public static ChatOptions Options { get; } = new() { Clock = new FixedClock() };

    /// <summary>The same, to where the assistant begins to write.</summary>
    public static ChatOptions Open { get; } = Options with { AddGenerationPrompt = true };

    /// <summary>The template that is used; null for none.</summary>
    /// <param name="use">Whether one is wanted.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="add">Receives what is wrong.</param>
    public static ChatTemplate? TemplateOf(ChatUse use, ITokenizer tokenizer, Action<InputProblem> add)
    {
        ChatTemplate? chat = use == ChatUse.Off ? null : tokenizer.Chat;
        if (use == ChatUse.On && chat is null)
        {
            add(new InputProblem(
                "chat",
                0,
                "",
                $"on, with a {tokenizer.Describe()} that has no chat template",
                "auto or off, or a model with a chat template"));
        }

        return chat;
    }

    /// <summary>A prompt as the model reads it.</summary>
    /// <param name="use">Whether the chat template is wanted.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="prompt">What the user says.</param>
    /// <exception cref="InputException">There is no template though it is wanted, or it refuses the prompt.</exception>
    public static string Wrap(ChatUse use, ITokenizer tokenizer, string prompt)
    {
        ChatTemplate? chat = TemplateOf(use, tokenizer, problem => throw new InputException(problem));
        try
        {
            return chat?.Render([new ChatMessage("user", prompt)], Open) ?? prompt;
        }
        catch (ChatTemplateException error)
        {
            throw new InputException(new InputProblem(
                "prompt", 0, "", $"what the chat template refuses ({error.Message})", "a prompt that it takes, or chat off"));
        }
    }

    private sealed class FixedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2024, 7, 26, 0, 0, 0, TimeSpan.Zero);
    }
}
