using System.Diagnostics.CodeAnalysis;
using System.Text;
using LLama.Native;

namespace RlCore.Interop.Tests.Gguf;

/// <summary>A GGUF file in llama.cpp, in this process.</summary>
internal sealed class LlamaCpp : IDisposable
{
    private const int Context = 256;

    // llama.cpp holds on to the function that takes its messages, which nobody reads here.
    private static readonly NativeLogConfig.LLamaLogCallback Silence = (_, _) => { };

    private static readonly Lazy<string> Problem = new(Load);

    private readonly SafeLlamaModelHandle _model;
    private readonly SafeLLamaContextHandle _context;

    private LlamaCpp(SafeLlamaModelHandle model, SafeLLamaContextHandle context)
    {
        _model = model;
        _context = context;
    }

    /// <summary>Number of tokens.</summary>
    public int VocabularySize => _model.Vocab.Count;

    /// <summary>Opens a file; the test is skipped where llama.cpp cannot be loaded.</summary>
    public static LlamaCpp Open(string file)
    {
        Require();
        LLamaModelParams how = LLamaModelParams.Default();
        how.n_gpu_layers = 0;
        SafeLlamaModelHandle model = SafeLlamaModelHandle.LoadFromFile(file, how);
        LLamaContextParams context = LLamaContextParams.Default();
        context.n_ctx = context.n_batch = context.n_ubatch = Context;
        context.n_threads = context.n_threads_batch = 1;
        context.type_k = context.type_v = GGMLType.GGML_TYPE_F32;
        context.llama_flash_attn_type = LLamaFlashAttentionType.LLAMA_FLASH_ATTENTION_TYPE_DISABLED;
        return new LlamaCpp(model, SafeLLamaContextHandle.Create(model, context));
    }

    /// <summary>Skips the test where llama.cpp cannot be loaded.</summary>
    public static void Require() => Assert.SkipUnless(Problem.Value.Length == 0, $"llama.cpp cannot be loaded: {Problem.Value}");

    /// <summary>The tokens of a text, as llama.cpp sees them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isWhole">Whether a token that begins sequences is put before it.</param>
    public int[] Tokenize(string text, bool isWhole) =>
        [.. _model.Tokenize(text, isWhole, special: true, Encoding.UTF8).Select(token => (int)token)];

    /// <summary>A value of the metadata; empty for none.</summary>
    public string Metadata(string key) =>
        // LLamaSharp hands the key over without the zero that ends it for llama.cpp.
        _model.MetadataValueByKey($"{key}\0") is { } value ? Encoding.UTF8.GetString(value.Span).TrimEnd('\0') : "";

    /// <summary>Whether a token ends a completion.</summary>
    public bool Ends(int token) => ((LLamaToken)token).IsEndOfGeneration(_model);

    /// <summary>The most probable continuation, and the log-probabilities of all tokens at each of its steps.</summary>
    public (int[] Tokens, float[][] LogProbs) Continue(IReadOnlyList<int> prompt, int count)
    {
        _context.MemoryClear();
        var tokens = new List<int>();
        var logProbs = new List<float[]>();
        IReadOnlyList<int> next = prompt;
        int position = 0;
        while (tokens.Count < count)
        {
            var batch = new LLamaBatch();
            for (int i = 0; i < next.Count; i++)
            {
                batch.Add(next[i], position++, LLamaSeqId.Zero, i == next.Count - 1);
            }

            Assert.Equal(DecodeResult.Ok, _context.Decode(batch));
            float[] logits = _context.GetLogitsIth(next.Count - 1).ToArray();
            logProbs.Add(Numbers.LogSoftmax(logits));
            tokens.Add(Array.IndexOf(logits, logits.Max()));
            next = [tokens[^1]];
        }

        return ([.. tokens], [.. logProbs]);
    }

    public void Dispose()
    {
        _context.Dispose();
        _model.Dispose();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever keeps the library from loading is the reason to skip.")]
    private static string Load()
    {
        try
        {
            NativeLibraryConfig.All.WithLogCallback(Silence);
            NativeApi.llama_empty_call();
            NativeLogConfig.llama_log_set(Silence);
            return "";
        }
        catch (Exception failure)
        {
            return failure.GetBaseException().Message;
        }
    }
}
