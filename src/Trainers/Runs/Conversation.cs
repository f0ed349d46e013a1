using System.Text;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Runs;

/// <summary>How an answer ended.</summary>
internal enum AnswerEnd
{
    /// <summary>The model ended it.</summary>
    Ended,

    /// <summary>It has as many tokens as an answer may have.</summary>
    Cut,

    /// <summary>It was stopped.</summary>
    Stopped,

    /// <summary>It fills the context.</summary>
    Full,

    /// <summary>There was none, as what was said leaves no room for it; it is forgotten.</summary>
    TooLong,

    /// <summary>There was none, as nothing was said and nothing can go on.</summary>
    None,
}

/// <summary>
/// A conversation with a trained model, independent of the engine: in the model's chat template, or without one a text at a time, which an
/// empty line lets go on.
/// </summary>
internal interface IConversation
{
    /// <summary>Name of the chat template; empty for none.</summary>
    string Template { get; }

    /// <summary>Most tokens of the whole conversation.</summary>
    int Context { get; }

    /// <summary>Forgets what has been said, but for what the system says.</summary>
    void Reset();

    /// <summary>Changes what the system says, and forgets the rest.</summary>
    /// <param name="text">What it says; empty for nothing.</param>
    void Instruct(string text);

    /// <summary>Answers what a user says, and keeps both.</summary>
    /// <param name="said">What the user says; without a template empty to let the last answer go on.</param>
    /// <param name="write">Receives the answer piece by piece, in whole characters.</param>
    /// <param name="stop">Stops the answer; what has been written of it is kept.</param>
    /// <exception cref="InputException">It cannot be read, and is forgotten.</exception>
    AnswerEnd Answer(string said, Action<string> write, CancellationToken stop);
}

/// <summary>A conversation on an engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class Conversation<T> : IConversation, IDisposable
    where T : struct, ITensor<T>
{
    private readonly TokenStream<T> _stream;
    private readonly ITokenizer _tokenizer;
    private readonly GenerationOptions _how;
    private readonly ChatTemplate? _template;
    private readonly List<ChatMessage> _messages = [];
    private int[] _text = [];
    private uint _turn;

    /// <summary>A conversation with nothing said.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="how">How tokens are drawn, the most of an answer, the use of the chat template, and the seed.</param>
    /// <exception cref="InputException">There is no template though it is wanted.</exception>
    public Conversation(IEngine<T> engine, ILanguageModel<T> model, ITokenizer tokenizer, GenerationOptions how)
    {
        _stream = new TokenStream<T>(engine, model, tokenizer.Ends);
        _tokenizer = tokenizer;
        _how = how;
        _template = ChatPrompt.TemplateOf(how.Chat, tokenizer, problem => throw new InputException(problem));
        Context = model.Context;
    }

    /// <inheritdoc/>
    public string Template => _template?.Name ?? "";

    /// <inheritdoc/>
    public int Context { get; }

    /// <inheritdoc/>
    public void Reset()
    {
        _messages.RemoveAll(message => message.Role != "system");
        _text = [];
    }

    /// <inheritdoc/>
    public void Instruct(string text)
    {
        _messages.Clear();
        if (text.Length > 0)
        {
            _messages.Add(new ChatMessage("system", text));
        }
    }

    /// <inheritdoc/>
    public AnswerEnd Answer(string said, Action<string> write, CancellationToken stop)
    {
        int[] prompt = said.Length == 0 ? _text : TypedPrompt.Encode(_tokenizer, _template is null ? said : Rendered(said));
        if (prompt.Length == 0 || prompt.Length >= Context)
        {
            return prompt.Length == 0 ? AnswerEnd.None : AnswerEnd.TooLong;
        }

        var told = new StringBuilder();
        var characters = new WholeCharacters(_tokenizer, prompt);
        AnswerEnd end = Draw(prompt, characters, Tell, stop);
        Tell(characters.Finish());
        _turn++;
        _text = [.. characters.Tokens];
        if (_template is not null)
        {
            _messages.Add(new ChatMessage("user", said));
            _messages.Add(new ChatMessage(ChatTemplate.Assistant, told.ToString()));
            _text = [];
        }

        return end;

        void Tell(string piece)
        {
            told.Append(piece);
            write(piece);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private AnswerEnd Draw(int[] prompt, WholeCharacters characters, Action<string> tell, CancellationToken stop)
    {
        int most = _how.MaxTokens == 0 ? Context : _how.MaxTokens;
        foreach (int token in _stream.Draw(prompt, most, _how.Sampling, new SamplingAddress(_how.Seed, RandomPurpose.Generation, _turn)))
        {
            if (_tokenizer.Ends.Contains(token) || stop.IsCancellationRequested)
            {
                return stop.IsCancellationRequested ? AnswerEnd.Stopped : AnswerEnd.Ended;
            }

            tell(characters.Append(token));
        }

        return characters.Tokens.Count >= Context ? AnswerEnd.Full : AnswerEnd.Cut;
    }

    private string Rendered(string said)
    {
        try
        {
            return _template!.Render([.. _messages, new ChatMessage("user", said)], ChatPrompt.Open);
        }
        catch (ChatTemplateException error)
        {
            throw new InputException(new InputProblem(
                "prompt", 0, "", $"what the chat template refuses ({error.Message})", "what it takes, or --chat off"));
        }
    }
}
