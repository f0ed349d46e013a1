using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using RlCore.Trainers.Serving;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Worker.Serving;

/// <summary>How a route writes what was drawn: OpenAI's chats and its completions differ in names and nesting.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
internal abstract class AnswerForm(ITokenizer tokenizer)
{
    /// <summary>Begins the ids of answers.</summary>
    public abstract string IdPrefix { get; }

    /// <summary>OpenAI's name of a whole answer.</summary>
    public abstract string WholeObject { get; }

    /// <summary>OpenAI's name of a piece of one.</summary>
    public abstract string PieceObject { get; }

    /// <summary>A completion in a whole answer.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="pieces">All of it.</param>
    public JsonObject Whole(int index, IReadOnlyList<TextPiece> pieces)
    {
        JsonObject choice = Text(index, string.Concat(pieces.Select(piece => piece.Text)), isWhole: true);
        return Complete(choice, [.. pieces.Where(piece => piece.Score is not null)], 0, pieces[^1].Finish);
    }

    /// <summary>A piece of a completion.</summary>
    /// <param name="index">The completion's index.</param>
    /// <param name="piece">The piece.</param>
    /// <param name="offset">Characters of the completion before it.</param>
    public JsonObject Piece(int index, TextPiece piece, int offset) =>
        Complete(Text(index, piece.Text, isWhole: false), piece.Score is null ? [] : [piece], offset, piece.Finish);

    /// <summary>What goes before the pieces of a completion; null for nothing.</summary>
    /// <param name="index">The completion's index.</param>
    public virtual JsonObject? Opening(int index) => null;

    /// <summary>A completion with its text.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="text">The text.</param>
    /// <param name="isWhole">Whether it is all of it.</param>
    protected abstract JsonObject Text(int index, string text, bool isWhole);

    /// <summary>Log-probs of tokens.</summary>
    /// <param name="pieces">Pieces with scores.</param>
    /// <param name="offset">Characters before them.</param>
    protected abstract JsonNode LogProbs(IReadOnlyList<TextPiece> pieces, int offset);

    /// <summary>The text of a token among others; a part of a character reads as U+FFFD, a token without text by its id.</summary>
    /// <param name="token">Its id.</param>
    /// <param name="isText">Whether that is the text itself.</param>
    protected string TextOf(int token, out bool isText)
    {
        // After itself: what a tokenizer leaves out at the beginning of a text is there.
        string text = tokenizer.DecodeFrom([token, token], 1);
        isText = text.Length > 0 && !text.Contains('\uFFFD', StringComparison.Ordinal);
        return text.Length > 0 ? text : string.Create(CultureInfo.InvariantCulture, $"<token {token}>");
    }

    private JsonObject Complete(JsonObject choice, TextPiece[] scored, int offset, FinishReason? finish)
    {
        choice["logprobs"] = scored.Length > 0 ? LogProbs(scored, offset) : null;
        choice["finish_reason"] = finish?.ToString().ToLowerInvariant();
        return choice;
    }
}

/// <summary>Answers of <c>/v1/chat/completions</c>.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
internal sealed class ChatForm(ITokenizer tokenizer) : AnswerForm(tokenizer)
{
    /// <inheritdoc/>
    public override string IdPrefix => "chatcmpl-";

    /// <inheritdoc/>
    public override string WholeObject => "chat.completion";

    /// <inheritdoc/>
    public override string PieceObject => "chat.completion.chunk";

    /// <inheritdoc/>
    public override JsonObject Opening(int index) => new()
    {
        ["index"] = index,
        ["delta"] = new JsonObject { ["role"] = ChatTemplate.Assistant, ["content"] = "" },
        ["logprobs"] = null,
        ["finish_reason"] = null,
    };

    /// <inheritdoc/>
    protected override JsonObject Text(int index, string text, bool isWhole) => new()
    {
        ["index"] = index,
        [isWhole ? "message" : "delta"] = isWhole
            ? new JsonObject { ["role"] = ChatTemplate.Assistant, ["content"] = text, ["refusal"] = null }
            : text.Length > 0 ? new JsonObject { ["content"] = text } : [],
    };

    /// <inheritdoc/>
    protected override JsonNode LogProbs(IReadOnlyList<TextPiece> pieces, int offset)
    {
        return new JsonObject
        {
            ["content"] = new JsonArray([.. pieces.Select(piece =>
            {
                JsonObject token = Token(piece.Token, piece.Score!.LogProb);
                token["top_logprobs"] = new JsonArray([.. piece.Score.Top.Select(top => Token(top.Token, top.LogProb))]);
                return token;
            })]),
            ["refusal"] = null,
        };

        JsonObject Token(int id, double logProb)
        {
            string text = TextOf(id, out bool isText);
            return new JsonObject
            {
                ["token"] = text,
                ["logprob"] = logProb,

                // The bytes of a part of a character are not known by its text.
                ["bytes"] = isText ? new JsonArray([.. Encoding.UTF8.GetBytes(text).Select(one => JsonValue.Create((int)one))]) : null,
            };
        }
    }
}

/// <summary>Answers of <c>/v1/completions</c>.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
internal sealed class TextForm(ITokenizer tokenizer) : AnswerForm(tokenizer)
{
    /// <inheritdoc/>
    public override string IdPrefix => "cmpl-";

    /// <inheritdoc/>
    public override string WholeObject => "text_completion";

    /// <inheritdoc/>
    public override string PieceObject => "text_completion";

    /// <inheritdoc/>
    protected override JsonObject Text(int index, string text, bool isWhole) => new() { ["index"] = index, ["text"] = text };

    /// <inheritdoc/>
    protected override JsonNode LogProbs(IReadOnlyList<TextPiece> pieces, int offset)
    {
        var (tokens, logProbs, tops, offsets) = (new JsonArray(), new JsonArray(), new JsonArray(), new JsonArray());
        foreach (TextPiece piece in pieces)
        {
            string text = TextOf(piece.Token, out _);
            tokens.Add(text);
            logProbs.Add(piece.Score!.LogProb);
            offsets.Add(offset);
            offset += text.Length;
            var top = new JsonObject();
            foreach (var (token, logProb) in piece.Score.Top)
            {
                // Two tokens may read alike: the more probable one is told.
                top.TryAdd(TextOf(token, out _), logProb);
            }

            tops.Add(top);
        }

        return new JsonObject { ["tokens"] = tokens, ["token_logprobs"] = logProbs, ["top_logprobs"] = tops, ["text_offset"] = offsets };
    }
}
