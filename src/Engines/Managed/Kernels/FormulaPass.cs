using RlCore.Algebra;

namespace RlCore.Engines.Managed;

#pragma warning disable CS8500 // A formula may hold references; the job lives on the caller's stack until all parts are done.

/// <summary>A formula over whole blocks in one pass: its values and, where a gradient is wanted, its derivatives.</summary>
internal static unsafe class FormulaPass
{
    private const int Grain = 64;

    /// <summary>Writes the result's values, and the derivatives to Saved0 unless that is none.</summary>
    public static void Forward<TFormula>(TFormula formula, Node x, Node a, Node b, Node c, Node d, Node result)
        where TFormula : struct, IElementFormula
    {
        var job = new Job<TFormula>
        {
            Formula = formula,
            X = x.Data,
            A = a.Data,
            B = b.Data,
            C = c.Data,
            D = d.Data,
            Value = result.Data,
            Derivative = result.Saved0.Data,
            Length = x.Length,
        };
        x.Engine.Pool.For(Simd.Registers(x.Length), Grain, &Part<TFormula>, &job);
    }

    public static void Backward(Node node)
    {
        if (node.A!.Accepts(out var sink))
        {
            Elementwise.Chain(node.Engine.Pool, node.Arrived, node.Saved0.Data, sink, node.Length);
        }
    }

    private static void Part<TFormula>(void* state, int from, int to)
        where TFormula : struct, IElementFormula
    {
        var job = (Job<TFormula>*)state;
        int start = from * Simd.Width;
        int count = Math.Min(to * Simd.Width, job->Length) - start;
        ReadOnlySpan<float> x = new(job->X + start, count), a = new(job->A + start, count), b = new(job->B + start, count);
        ReadOnlySpan<float> c = new(job->C + start, count), d = new(job->D + start, count);
        Span<float> value = new(job->Value + start, count);
        if (job->Derivative == null)
        {
            TermKernels.Map(job->Formula, x, a, b, c, d, value);
        }
        else
        {
            TermKernels.Map(job->Formula, x, a, b, c, d, value, new Span<float>(job->Derivative + start, count));
        }
    }

    private struct Job<TFormula>
        where TFormula : struct, IElementFormula
    {
        public TFormula Formula;
        public float* X;
        public float* A;
        public float* B;
        public float* C;
        public float* D;
        public float* Value;
        public float* Derivative;
        public int Length;
    }
}
