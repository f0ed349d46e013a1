using RlCore.Trainers.Inputs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Datasets;

/// <summary>The checks of a row that is a conversation, or becomes one in the model's chat template.</summary>
/// <param name="row">The row.</param>
/// <param name="checks">What is asked of it.</param>
/// <param name="add">Takes the column, what was found, what was expected.</param>
/// <param name="addLong">Takes the same of a row that is too long.</param>
/// <param name="cut">Called where earlier rounds are left out of a conversation that is too long; null to leave none out.</param>
internal sealed class ConversationChecks(
    TableRow row,
    DatasetChecks checks,
    Action<int, string, string> add,
    Action<int, string, string> addLong,
    Action? cut)
{
    /// <summary>Whether the row has a list of messages in place of a prompt.</summary>
    public bool HasMessages => row.Layout.Columns[0].Name == checks.Columns.Messages && row.Layout.Columns[0].Name != checks.Columns.Prompt;

    /// <summary>Reads a prompt that a completion follows; null if something is wrong.</summary>
    /// <param name="fallback">What a prompt that is not wrapped is, if it is no conversation.</param>
    /// <param name="room">Tokens of the prompt that fit, if its completion is drawn; 0 for any number.</param>
    /// <param name="completions">The columns of the completions, each of which must fit with the prompt.</param>
    public RowPrompt? Prompt(Func<RowPrompt> fallback, int room, ReadOnlySpan<int> completions)
    {
        if (!HasMessages && checks.Chat is null)
        {
            return fallback();
        }

        if (Messages() is not { } messages)
        {
            return null;
        }

        string asked = messages[^1].Text;
        if (HasMessages && messages[^1].Role == ChatTemplate.Assistant)
        {
            add(0, "messages that end with the assistant's", "messages that end with another's, as the model goes on from there");
            return null;
        }

        if (checks.Chat is not { } chat)
        {
            return new RowPrompt(asked, asked, [], 0);
        }

        string[] texts = [.. completions.ToArray().Select(column => row[column])];
        messages = texts.Length > 0
            ? Fitting(messages, kept => texts.Max(text => Count([.. kept, new(ChatTemplate.Assistant, text)])), checks.Context)
            : Fitting(messages, CountOpen, room);
        return Rendered(0, () => chat.Render(messages, ChatPrompt.Open)) is { } text && Tokens(text) is { } tokens
                ? new RowPrompt(asked, text, messages, tokens)
                : null;
    }

    /// <summary>The text of a completion that follows a wrapped prompt; null if something is wrong.</summary>
    /// <param name="column">The column of the completion, which is not empty.</param>
    /// <param name="prompt">The prompt.</param>
    public string? Completion(int column, RowPrompt prompt)
    {
        ChatMessage[] messages = [.. prompt.Messages, new(ChatTemplate.Assistant, row[column])];
        if (Rendered(column, () => checks.Chat!.RenderTurns(messages, ChatPrompt.Options)) is not { } rendering || !Fits(column, rendering))
        {
            return null;
        }

        if (!rendering.Text.StartsWith(prompt.Text, StringComparison.Ordinal) || rendering.Turns[^1].End <= prompt.Text.Length)
        {
            add(
                column,
                $"a turn that the chat template {checks.Chat!.Name} begins in another way than its generation prompt does",
                "a template whose generation prompt begins the assistant's turn, or chat off");
            return null;
        }

        return rendering.Text[prompt.Text.Length..rendering.Turns[^1].End];
    }

    /// <summary>Reads a whole conversation to learn from; null if something is wrong.</summary>
    public ChatRendering? Whole()
    {
        if (Messages() is not { } messages)
        {
            return null;
        }

        if (!messages.Any(message => message.Role == ChatTemplate.Assistant))
        {
            add(0, "messages without one of the assistant's", "at least one message of the role \"assistant\", which the model learns");
            return null;
        }

        if (checks.Chat is not { } chat)
        {
            return new ChatRendering(string.Join('\n', messages.Select(message => message.Text)), []);
        }

        messages = Fitting(messages, Count, checks.Context);

        return Rendered(0, () => chat.RenderTurns(messages, ChatPrompt.Options)) is { } rendering && Fits(0, rendering) ? rendering : null;
    }

    private IReadOnlyList<ChatMessage>? Messages()
    {
        if (!HasMessages)
        {
            if (string.IsNullOrWhiteSpace(row[0]))
            {
                add(0, CellChecks.Emptiness(row[0]), "at least one character");
                return null;
            }

            int system = row.TryFind(checks.Columns.System);
            return system >= 0 && row[system].Length > 0
                ? [new("system", row[system]), new("user", row[0])]
                : [new("user", row[0])];
        }

        if (!ChatMessage.TryParseList(row[0], out var messages, out string place, out string found, out string expected))
        {
            add(0, place.Length > 0 ? $"{found} at {place}" : found, expected);
            return null;
        }

        if (checks.Tokenizer is not null && checks.Chat is null)
        {
            add(
                0,
                "messages, without a chat template to write them",
                "a model with a chat template (and chat not off), or a column of prompts");
            return null;
        }

        return messages;
    }

    // Whole rounds are left out, from the first on: a system message stays, and so does the last turn of the user.
    private IReadOnlyList<ChatMessage> Fitting(IReadOnlyList<ChatMessage> messages, Func<IReadOnlyList<ChatMessage>, int> count, int most)
    {
        if (cut is null || most <= 0)
        {
            return messages;
        }

        IReadOnlyList<ChatMessage> kept = messages;
        int tokens = count(kept);
        while (tokens > most && WithoutFirstRound(kept) is { } fewer)
        {
            kept = fewer;
            tokens = count(kept);
        }

        if (tokens > most || kept.Count == messages.Count)
        {
            return messages;
        }

        cut();
        return kept;
    }

    private static IReadOnlyList<ChatMessage>? WithoutFirstRound(IReadOnlyList<ChatMessage> messages)
    {
        int first = messages.TakeWhile(message => message.Role == "system").Count();
        int next = first + 1 + messages.Skip(first + 1).TakeWhile(message => message.Role != "user").Count();
        return next < messages.Count ? [.. messages.Take(first), .. messages.Skip(next)] : null;
    }

    // What cannot be counted fits nowhere; it is reported where it is read.
    private int Count(IReadOnlyList<ChatMessage> messages)
    {
        try
        {
            ChatRendering rendering = checks.Chat!.RenderTurns(messages, ChatPrompt.Options);
            return rendering.Turns.Count == 0
                ? int.MaxValue
                : ConversationEncoder.Encode(checks.Tokenizer!, rendering.Text, rendering.Turns).Tokens.Length;
        }
        catch (Exception error) when (error is ChatTemplateException or ArgumentException)
        {
            return int.MaxValue;
        }
    }

    private int CountOpen(IReadOnlyList<ChatMessage> messages)
    {
        try
        {
            string text = checks.Chat!.Render(messages, ChatPrompt.Open);
            return checks.Tokenizer!.TryEncodePrompt(text, out int[] tokens, out _) ? tokens.Length : int.MaxValue;
        }
        catch (ChatTemplateException)
        {
            return int.MaxValue;
        }
    }

    private T? Rendered<T>(int column, Func<T> render)
        where T : class
    {
        try
        {
            return render();
        }
        catch (ChatTemplateException error)
        {
            add(column, $"what the chat template refuses ({error.Message})", "messages that the model's chat template takes");
            return null;
        }
    }

    private bool Fits(int column, ChatRendering rendering)
    {
        if (rendering.Turns.Count == 0)
        {
            add(column, "a text in which the chat template marks no turn of the assistant's", "one that the model can learn");
            return false;
        }

        TokenSequence sequence;
        try
        {
            sequence = ConversationEncoder.Encode(checks.Tokenizer!, rendering.Text, rendering.Turns);
        }
        catch (ArgumentException)
        {
            return Tokens(rendering.Text) is not null;
        }

        checks.Measured?.Invoke(sequence.Tokens.Length);
        if (checks.Context > 0 && sequence.Tokens.Length > checks.Context)
        {
            string rounds = cut is null ? "" : " (earlier rounds are left out, but no turn is cut in two)";
            addLong(
                column,
                $"{sequence.Tokens.Length} tokens of the whole conversation",
                $"at most {checks.Context}, the model's context{rounds}");
            return false;
        }

        return true;
    }

    private int? Tokens(string text)
    {
        ITokenizer tokenizer = checks.Tokenizer ?? throw new InvalidOperationException("A chat template needs a tokenizer.");
        if (tokenizer.TryEncodePrompt(text, out int[] tokens, out int unknown))
        {
            return tokens.Length;
        }

        add(
            0,
            $"{Characters.At(text, unknown)} at position {unknown + 1} of {Characters.Quote(text)}, written by the chat template",
            $"a character of the {tokenizer.Describe()}");
        return null;
    }
}
