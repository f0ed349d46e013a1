using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>
/// The tokenizer of a pretrained model, as Hugging Face's tokenizer.json describes it: byte-pair encoding of bytes (GPT-2, Llama 3, Qwen,
/// gpt-oss) or of characters with a fall-back to bytes (Llama 2, Mistral, Gemma). It encodes as Hugging Face's tokenizers library does,
/// without what its post-processor adds: <see cref="ITokenizer.TryEncodePrompt"/> adds the tokens that begin a sequence.
/// Half of a surrogate pair is encoded as U+FFFD. The tokens that begin or end a sequence read as nothing; every other token, special
/// or not, reads as its text. May be used by several threads at once.
/// </summary>
public sealed class PretrainedTokenizer : ITokenizer
{
    private readonly ConcurrentBag<TextEncoder> _encoders = [];
    private readonly TokenizerParts _parts;
    private readonly TokenTexts _texts;
    private readonly HashSet<int> _skipped;
    private readonly PretrainedFiles _files;
    private readonly Lazy<ChatTemplate?> _chat;

    internal PretrainedTokenizer(TokenizerParts parts, PretrainedFiles files, SequenceTokens tokens, int minimumVocabulary)
    {
        int highest = parts.Added.Select(token => token.Id).Append(parts.Model.Tokens.Size - 1).Max();
        _parts = parts;
        _files = files;
        _chat = new Lazy<ChatTemplate?>(() => ChatTemplate.FromFiles(files.Others));
        VocabularySize = Math.Max(minimumVocabulary, highest + 1);
        TokenCount = highest + 1;
        (Beginning, Ends) = (tokens.Beginning, tokens.Ends);
        _skipped = [.. tokens.Beginning, .. tokens.Ends];
        _texts = new TokenTexts(parts, VocabularySize);
    }

    /// <summary>Number of ids; those above the highest token, up to the model's vocabulary, read as nothing.</summary>
    public int VocabularySize { get; }

    /// <summary>One more than the highest id that has a token.</summary>
    public int TokenCount { get; }

    /// <inheritdoc/>
    public int EndOfSequence => Ends[0];

    /// <inheritdoc/>
    public IReadOnlyList<int> Beginning { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Ends { get; }

    /// <inheritdoc/>
    public ChatTemplate? Chat => _chat.Value;

    /// <summary>The files that the tokenizer was read from, unchanged: text by file name.</summary>
    public IReadOnlyDictionary<string, string> Files => _files.Texts();

    /// <summary>Reads a tokenizer from the texts of its files.</summary>
    /// <param name="files">
    /// tokenizer.json, and if they are there tokenizer_config.json, special_tokens_map.json and generation_config.json: text by file name.
    /// </param>
    /// <param name="source">The folder, in messages.</param>
    /// <param name="minimumVocabulary">The model's number of ids, if it has more than the tokenizer.</param>
    /// <exception cref="InputException">A file is not what it should be, or needs something that is not supported.</exception>
    public static PretrainedTokenizer Parse(IReadOnlyDictionary<string, string> files, string source, int minimumVocabulary = 0) =>
        PretrainedReader.Read(PretrainedFiles.Of(files), source, minimumVocabulary);

    /// <inheritdoc/>
    public bool TryEncode(string text, out int[] tokens, out int firstUnknown) =>
        TryEncode(text, prefixes: true, out tokens, out firstUnknown);

    /// <inheritdoc/>
    public int[] EncodeContinuation(string text) =>
        TryEncode(text, prefixes: false, out int[] tokens, out int unknown) ? tokens : throw Unknown(text, unknown);

    bool ITokenizer.TryEncodeContinuation(string text, out int[] tokens, out int firstUnknown) =>
        TryEncode(text, prefixes: false, out tokens, out firstUnknown);

    /// <summary>Encodes a text, and says where each token lies in it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="spans">For each token, the characters (UTF-16 units) that it stands for.</param>
    /// <exception cref="ArgumentException">A character has no token.</exception>
    public int[] Encode(string text, out TokenSpan[] spans)
    {
        ArgumentNullException.ThrowIfNull(text);
        int[] ids = [];
        TokenSpan[] places = [];
        int unknown = Use(text, prefixes: true, aligned: true, encoder => (ids, places) = (encoder.Ids.ToArray(), encoder.Spans.ToArray()));
        spans = places;
        return unknown < 0 ? ids : throw Unknown(text, unknown);
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> tokens) => Decode(tokens, _skipped);

    /// <inheritdoc/>
    public string DecodeFrom(ReadOnlySpan<int> tokens, int start)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, tokens.Length);
        StreamingDecoder decoder = StartDecoding();
        foreach (int id in tokens[..start])
        {
            decoder.Append(id);
        }

        var text = new StringBuilder();
        foreach (int id in tokens[start..])
        {
            text.Append(decoder.Append(id));
        }

        return text.Append(decoder.Finish()).ToString();
    }

    /// <summary>Begins to decode tokens as they come.</summary>
    public StreamingDecoder StartDecoding() => new(new TextAssembler(_texts, _skipped));

    /// <summary>The texts of the tokens that are looked for in a text before anything else.</summary>
    internal IEnumerable<string> AddedTokens => _parts.Added.Select(token => token.Content);

    /// <summary>The tokens that tokenizer.json calls special: Hugging Face's library leaves them out of a text when asked to.</summary>
    internal IReadOnlySet<int> SpecialTokens => _parts.Added.Where(token => token.Special).Select(token => token.Id).ToHashSet();

    /// <summary>The text of tokens.</summary>
    /// <param name="tokens">Token ids.</param>
    /// <param name="skipped">Those that read as nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside of the vocabulary.</exception>
    internal string Decode(ReadOnlySpan<int> tokens, IReadOnlySet<int> skipped)
    {
        var assembler = new TextAssembler(_texts, skipped);
        foreach (int id in tokens)
        {
            assembler.Add(id);
        }

        assembler.Release();
        return Encoding.UTF8.GetString(assembler.Bytes);
    }

    /// <inheritdoc/>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"byte-pair tokenizer of {(_parts.Model.OfBytes ? "bytes" : "characters")}, {VocabularySize} tokens");

    /// <summary>The text of tokenizer.json, unchanged.</summary>
    public string ToJson() => _files.Json();

    private bool TryEncode(string text, bool prefixes, out int[] tokens, out int firstUnknown)
    {
        ArgumentNullException.ThrowIfNull(text);
        int[] ids = [];
        firstUnknown = Use(text, prefixes, aligned: false, encoder => ids = encoder.Ids.ToArray());
        tokens = firstUnknown < 0 ? ids : [];
        return firstUnknown < 0;
    }

    private int Use(string text, bool prefixes, bool aligned, Action<TextEncoder> read)
    {
        TextEncoder encoder = _encoders.TryTake(out TextEncoder? kept) ? kept : new TextEncoder(_parts);
        ReadOnlySpan<char> chars = WithoutLoneSurrogates(text);
        int unknown = encoder.Encode(chars, prefixes, aligned);
        if (unknown >= 0 && !aligned)
        {
            // Only characters that know where they come from can say where the text went wrong.
            unknown = encoder.Encode(chars, prefixes, aligned: true);
        }

        read(encoder);
        _encoders.Add(encoder);
        return unknown;
    }

    private ArgumentException Unknown(string text, int at) =>
        new($"What begins at character {at + 1} of \"{text}\" has no token: this is a {Describe()}.", nameof(text));

    private static ReadOnlySpan<char> WithoutLoneSurrogates(string text)
    {
        int at = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (at < 0)
        {
            return text;
        }

        char[] chars = text.ToCharArray();
        for (; at < chars.Length; at++)
        {
            bool pair = char.IsHighSurrogate(chars[at]) && at + 1 < chars.Length && char.IsLowSurrogate(chars[at + 1]);
            at += pair ? 1 : 0;
            chars[at] = !pair && char.IsSurrogate(chars[at]) ? '\uFFFD' : chars[at];
        }

        return chars;
    }
}
