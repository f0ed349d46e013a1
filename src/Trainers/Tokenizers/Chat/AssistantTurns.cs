namespace RlCore.Trainers.Tokenizers;

/// <summary>
/// Finds what the assistant writes in a conversation whose template does not mark it. A turn begins where the text of the messages before
/// it ends, with the generation prompt; it ends where the text of the messages through it ends. Both texts must begin the whole text.
/// Some templates write a turn in another way once others follow (Qwen 3 leaves out its thinking): there the turn's place follows from
/// the text without it, and only what the whole text holds counts.
/// </summary>
internal sealed class AssistantTurns(ChatTemplate template, IReadOnlyList<ChatMessage> messages, ChatOptions options)
{
    // No template changes it, and no conversation holds it.
    private const string Mark = "\u2042mark\u2042of\u2042turn\u2042";

    private readonly ChatOptions _prompted = options with { AddGenerationPrompt = true };

    /// <summary>The rendering.</summary>
    /// <exception cref="ChatTemplateException">A turn cannot be told apart.</exception>
    public ChatRendering Find()
    {
        string text = template.Render(messages, options);
        var turns = new List<TextSpan>();
        for (int i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role == ChatTemplate.Assistant)
            {
                turns.Add(Turn(text, i, turns.Count == 0 ? 0 : turns[^1].End));
            }
        }

        return new ChatRendering(text, turns);
    }

    private TextSpan Turn(string text, int index, int after)
    {
        ChatMessage[] before = [.. messages.Take(index)];
        string prompted = template.Render(before, _prompted);
        string through = index + 1 == messages.Count ? text : template.Render([.. messages.Take(index + 1)], options);
        int start = StartsWith(text, prompted) ? prompted.Length : -1;
        int end = StartsWith(text, through) ? through.Length : -1;
        if (start < 0 || end < 0)
        {
            string prompt = Prompt(before, prompted);
            start = start < 0 ? Marked(text, index, prompt) : start;
            end = end < 0 && start >= 0 ? EndWithout(text, index, start - prompt.Length) : end;
        }

        return start >= after && end >= start
            ? new TextSpan(start, end - start)
            : throw new ChatTemplateException(
                template.Name,
                1,
                $"the text of message {index + 1}, an assistant's, cannot be told from the text around it, as the template writes it in "
                    + "another way when other messages follow",
                raised: false);
    }

    // What the template writes for the assistant to go on from.
    private string Prompt(ChatMessage[] before, string prompted)
    {
        string plain = template.Render(before, options);
        return StartsWith(prompted, plain) ? prompted[plain.Length..] : "";
    }

    // Where a turn's prompt ends, found by another content in its place.
    private int Marked(string text, int index, string prompt)
    {
        string marked = template.Render([.. messages.Select((message, i) => i == index ? message.WithContent(Mark) : message)], options);
        int mark = marked.IndexOf(Mark, StringComparison.Ordinal);
        int at = mark < 0 || prompt.Length == 0 ? -1 : marked[..mark].LastIndexOf(prompt, StringComparison.Ordinal);
        return at >= 0 && StartsWith(text, marked[..(at + prompt.Length)]) ? at + prompt.Length : -1;
    }

    // Where a turn ends: what follows it follows the text before it when the turn is left out.
    private int EndWithout(string text, int index, int before)
    {
        string without = template.Render([.. messages.Where((_, i) => i != index)], options);
        if (before < 0 || !StartsWith(without, text[..before]))
        {
            return -1;
        }

        string rest = without[before..];
        return text.EndsWith(rest, StringComparison.Ordinal) ? text.Length - rest.Length : -1;
    }

    private static bool StartsWith(string text, string start) => text.StartsWith(start, StringComparison.Ordinal);
}
