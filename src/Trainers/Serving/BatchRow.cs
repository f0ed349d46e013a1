using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Serving;

/// <summary>A completion that is being drawn, as a row of a batch.</summary>
internal sealed class BatchRow
{
    private readonly TextRequest _request;
    private readonly int _choice;
    private readonly int _limit;
    private readonly ITokenizer _tokenizer;
    private readonly WholeCharacters _text;
    private readonly StopMatcher _stop;
    private readonly Action<TextPiece> _emit;
    private readonly CancellationToken _abandoned;
    private int _count;

    /// <summary>Begins a completion.</summary>
    /// <param name="request">The request.</param>
    /// <param name="choice">Which of its completions.</param>
    /// <param name="limit">Maximum tokens, at least 1.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="emit">Receives what is drawn.</param>
    /// <param name="abandoned">Cancelled when nobody wants it any more.</param>
    public BatchRow(
        TextRequest request, int choice, int limit, ITokenizer tokenizer, Action<TextPiece> emit, CancellationToken abandoned)
    {
        (_request, _choice, _limit, _tokenizer, _emit, _abandoned) = (request, choice, limit, tokenizer, emit, abandoned);
        _text = new WholeCharacters(tokenizer, request.Prompt);
        _stop = new StopMatcher(request.Stop);
    }

    /// <summary>The token that was drawn last.</summary>
    public int LastToken { get; private set; }

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether it leaves the batch.</summary>
    public bool IsDone => HasEnded || _abandoned.IsCancellationRequested;

    /// <summary>Draws the next token. Rows draw beside each other: nothing is shared.</summary>
    /// <param name="logits">One logit a token.</param>
    public TokenScore? Draw(ReadOnlySpan<float> logits)
    {
        double uniform = Philox.Uniform(_request.Seed, RandomPurpose.Generation, 0, (uint)_choice, (uint)_count);
        LastToken = TokenSampler.Draw(logits, _request.Sampling, uniform).Token;
        return _request.TopLogProbs is { } top ? TokenScores.Of(logits, LastToken, top) : null;
    }

    /// <summary>Tells of the token that was drawn.</summary>
    /// <param name="score">Its log-prob, if that was asked for.</param>
    public void Deliver(TokenScore? score)
    {
        _count++;
        bool ends = _tokenizer.Ends.Contains(LastToken);
        string text = ends ? "" : _stop.Append(_text.Append(LastToken));
        FinishReason? finish = ends || _stop.HasStopped ? FinishReason.Stop : _count == _limit ? FinishReason.Length : null;
        if (finish is not null && !_stop.HasStopped)
        {
            text += _stop.Append(_text.Finish());
            finish = _stop.HasStopped ? FinishReason.Stop : finish;
            text += _stop.Finish();
        }

        HasEnded = finish is not null;
        _emit(new TextPiece(_choice, text, LastToken, score, finish));
    }
}
