using System.Numerics.Tensors;
using LLama.Native;
using RlCore.SideBySide.Cases;
using RlCore.SideBySide.Sides;

namespace RlCore.SideBySide.Peers;

/// <summary>Greedy completions of llama.cpp.</summary>
internal sealed class LlamaDecoding : ISideWork
{
    // llama.cpp holds on to the function that takes its messages.
    private static readonly NativeLogConfig.LLamaLogCallback Silence = (_, _) => { };

    private readonly SafeLlamaModelHandle _model;
    private readonly SafeLLamaContextHandle _context;
    private readonly BenchCase.Decoding _case;
    private readonly int[][] _prompts;

    public LlamaDecoding(BenchCase.Decoding one, int threads, BenchPlace place)
    {
        _case = one;
        _prompts = BenchData.Prompts(one);
        NativeLibraryConfig.All.WithLogCallback(Silence);
        NativeApi.llama_empty_call();
        NativeLogConfig.llama_log_set(Silence);
        LLamaModelParams how = LLamaModelParams.Default();
        how.n_gpu_layers = 0;
        _model = SafeLlamaModelHandle.LoadFromFile(place.Models.Gguf(one.Model, one.Storage), how);
        LLamaContextParams context = LLamaContextParams.Default();
        context.n_seq_max = (uint)one.Batch;
        context.n_ctx = (uint)(one.Batch * (one.Prompt + Math.Max(one.Tokens, BenchData.ComparedTokens)));
        context.n_batch = context.n_ubatch = (uint)(one.Batch * one.Prompt);
        context.n_threads = context.n_threads_batch = threads;
        context.type_k = context.type_v = GGMLType.GGML_TYPE_F32;

        // Its flash attention on the CPU has 16-bit intermediate numbers: log-probs are off by more than the sides may differ.
        context.llama_flash_attn_type = LLamaFlashAttentionType.LLAMA_FLASH_ATTENTION_TYPE_DISABLED;
        _context = SafeLLamaContextHandle.Create(_model, context);
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Check()
    {
        int[][] given = BenchData.Continuations(_case);
        double loss = 0;
        Decode(given.Length, (step, row, logits) =>
        {
            loss -= LogProb(logits, given[step][row]) / (given.Length * _case.Batch);
            return given[step][row];
        });
        return [loss];
    }

    /// <inheritdoc/>
    public void Run() => Decode(_case.Tokens, (_, _, logits) => TensorPrimitives.IndexOfMax<float>(logits));

    /// <inheritdoc/>
    public void Dispose()
    {
        _context.Dispose();
        _model.Dispose();
    }

    private delegate int Choice(int step, int row, ReadOnlySpan<float> logits);

    private void Decode(int tokens, Choice choose)
    {
        _context.MemoryClear();
        int[][] read = _prompts;
        int position = 0;
        for (int step = 0; step < tokens; step++)
        {
            var batch = new LLamaBatch();
            for (int row = 0; row < read.Length; row++)
            {
                for (int i = 0; i < read[row].Length; i++)
                {
                    batch.Add(read[row][i], position + i, (LLamaSeqId)row, i == read[row].Length - 1);
                }
            }

            DecodeResult result = _context.Decode(batch);
            if (result != DecodeResult.Ok)
            {
                throw new InvalidOperationException($"llama.cpp gave {result}.");
            }

            int time = read[0].Length;
            position += time;
            read = [.. Enumerable.Range(0, read.Length).Select(
                row => (int[])[choose(step, row, _context.GetLogitsIth(((row + 1) * time) - 1))])];
        }
    }

    private static double LogProb(ReadOnlySpan<float> logits, int token)
    {
        double most = TensorPrimitives.Max(logits);
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - most);
        }

        return logits[token] - most - Math.Log(sum);
    }
}
