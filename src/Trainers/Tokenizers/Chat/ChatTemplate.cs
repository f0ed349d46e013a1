using System.Text.Json;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers.Templates;

namespace RlCore.Trainers.Tokenizers;

/// <summary>
/// How a model wants conversations as text: the chat template of a Hugging Face model, in the part of Jinja that such templates use. It
/// renders what jinja2 3.1 renders with the settings of transformers; what it does not know is refused by name and line when it is
/// parsed. Templates are not trusted: steps, text and depth are limited, and nothing but text comes out.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>The role of the turns that a model learns to write.</summary>
    public const string Assistant = "assistant";

    private readonly IReadOnlyList<Statement> _body;

    private ChatTemplate(string source, string name, IReadOnlyList<Statement> body, bool marksTurns) =>
        (Source, Name, _body, MarksTurns) = (source, name, body, marksTurns);

    /// <summary>A copy, for special tokens of its own.</summary>
    /// <param name="other">The template.</param>
    internal ChatTemplate(ChatTemplate other)
        : this(other.Source, other.Name, other._body, other.MarksTurns)
    {
    }

    /// <summary>The template's text.</summary>
    public string Source { get; }

    /// <summary>The template's name in messages: the file that holds it.</summary>
    public string Name { get; }

    /// <summary>The model's special tokens, such as <c>bos_token</c>, which the template may write.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the template marks what the assistant writes, with <c>{% generation %}</c>.</summary>
    internal bool MarksTurns { get; }

    /// <summary>Reads a template.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="name">Its name in messages: the file that holds it.</param>
    /// <exception cref="InputException">It is no template, or it uses what is not supported; the line is given as the row.</exception>
    public static ChatTemplate Parse(string source, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        var problems = new TemplateProblems(name);
        if (source.Length > TemplateLimits.LongestSource)
        {
            throw problems.Syntax(
                1, $"a template of {source.Length:N0} characters", $"at most {TemplateLimits.LongestSource:N0} characters");
        }

        try
        {
            IReadOnlyList<Statement> body = StatementParser.Run(source, problems, out bool marksTurns);
            return new ChatTemplate(source, name, body, marksTurns);
        }
        catch (TemplateFault fault)
        {
            throw problems.Syntax(1, fault.Message, "a template of less depth");
        }
    }

    /// <summary>The template among a tokenizer's files, with its special tokens; null where there is none.</summary>
    /// <param name="files">Text by file name: chat_template.jinja goes before the template in tokenizer_config.json.</param>
    /// <param name="folder">The folder, in messages; empty for none.</param>
    /// <exception cref="InputException">A file is not what it should be, or the template is not supported.</exception>
    public static ChatTemplate? FromFiles(IReadOnlyDictionary<string, string> files, string folder = "") =>
        ChatTemplateFiles.Read(files, folder);

    /// <summary>The text of a conversation.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="options">What else the template is given; null for nothing.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, or cannot go on.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, ChatOptions? options = null) =>
        Run(messages, options ?? new ChatOptions()).Text;

    /// <summary>The text of a conversation, and which parts of it the assistant writes.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="options">What else the template is given; null for nothing. The text ends with the last message.</param>
    /// <exception cref="ChatTemplateException">
    /// The template refuses the conversation, cannot go on, or writes it so that the assistant's parts cannot be told apart.
    /// </exception>
    public ChatRendering RenderTurns(IReadOnlyList<ChatMessage> messages, ChatOptions? options = null)
    {
        ChatOptions plain = (options ?? new ChatOptions()) with { AddGenerationPrompt = false };
        return MarksTurns ? Run(messages, plain) : new AssistantTurns(this, messages, plain).Find();
    }

    private ChatRendering Run(IReadOnlyList<ChatMessage> messages, ChatOptions options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        long input = messages.Sum(message => (long)message.Json.GetRawText().Length) + Length(options.Tools) + Length(options.Documents);
        var run = new TemplateRun(input, options.Clock);
        try
        {
            run.Run(_body, new Scope(Variables(messages, options)));
            return new ChatRendering(run.Output, run.Generations);
        }
        catch (TemplateFault fault)
        {
            throw new ChatTemplateException(Name, Math.Max(1, run.Line), fault.Message, fault.Raised);
        }
    }

    private static int Length(JsonElement? json) => json?.GetRawText().Length ?? 0;

    // The scope around the template: functions, then special tokens, then what the caller gives.
    private Scope Variables(IReadOnlyList<ChatMessage> messages, ChatOptions options)
    {
        var scope = new Scope(null);
        foreach (var (name, function) in Globals.All)
        {
            scope.Set(name, function);
        }

        foreach (var (name, token) in SpecialTokens)
        {
            scope.Set(name, token);
        }

        scope.Set("messages", new TemplateList([.. messages.Select(message => TemplateJson.Read(message.Json))]));
        scope.Set("tools", options.Tools is { } tools ? TemplateJson.Read(tools) : null);
        scope.Set("documents", options.Documents is { } documents ? TemplateJson.Read(documents) : null);
        scope.Set("add_generation_prompt", options.AddGenerationPrompt);
        foreach (var (name, value) in options.Variables)
        {
            scope.Set(name, TemplateJson.Read(value));
        }

        return scope;
    }
}
