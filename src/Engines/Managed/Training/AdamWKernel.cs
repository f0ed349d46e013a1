using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

/// <summary>Passes over all parameters at once, in pieces of fixed size, so that sums have one order whatever the threads.</summary>
internal static unsafe class AdamWKernel
{
    /// <summary>Floats in a piece; a multiple of the register width.</summary>
    public const int PieceFloats = 8192;

    /// <summary>Some consecutive elements of one parameter.</summary>
    internal struct Piece
    {
        public float* Value;

        /// <summary>Null where nothing has flowed: a gradient of zero.</summary>
        public float* Gradient;

        /// <summary>Null where the parameter is updated elsewhere.</summary>
        public float* First;
        public float* Second;
        public int Length;

        /// <summary>1 − learning rate · decay.</summary>
        public float Decay;

        /// <summary>Sum of the squared gradients of this piece.</summary>
        public double SquaredNorm;
    }

    /// <summary>Constants of one update.</summary>
    internal struct Update
    {
        public Piece* Pieces;
        public float Beta1;
        public float Beta2;
        public float OneMinusBeta1;
        public float OneMinusBeta2;

        /// <summary>Gradient scale of the norm clip.</summary>
        public float Clip;

        /// <summary>learning rate / (1 − β₁ᵗ).</summary>
        public float Rate;

        /// <summary>1/√(1 − β₂ᵗ).</summary>
        public float RootCorrection;
        public float Epsilon;
    }

    public static void SquaredNormPart(void* state, int from, int to)
    {
        var update = (Update*)state;
        for (int i = from; i < to; i++)
        {
            var piece = update->Pieces + i;
            Vector512<double> low = Vector512<double>.Zero, high = Vector512<double>.Zero;
            for (int j = 0; piece->Gradient != null && j < piece->Length; j += Simd.Width)
            {
                var (first, second) = Vector512.Widen(Simd.LoadUpTo(piece->Gradient + j, piece->Length - j));
                low += first * first;
                high += second * second;
            }

            piece->SquaredNorm = Vector512.Sum(low + high);
        }
    }

    public static void UpdatePart(void* state, int from, int to)
    {
        var update = (Update*)state;
        for (int i = from; i < to; i++)
        {
            if (update->Pieces[i].First != null)
            {
                Apply(update, update->Pieces + i);
            }
        }
    }

    // The last register may run over a parameter's end: blocks have slack, and what lies there is never read.
    private static void Apply(Update* update, Piece* piece)
    {
        Vector512<float> beta1 = Vector512.Create(update->Beta1), beta2 = Vector512.Create(update->Beta2);
        Vector512<float> keep1 = Vector512.Create(update->OneMinusBeta1), keep2 = Vector512.Create(update->OneMinusBeta2);
        Vector512<float> clip = Vector512.Create(update->Clip), rate = Vector512.Create(update->Rate);
        Vector512<float> correction = Vector512.Create(update->RootCorrection), epsilon = Vector512.Create(update->Epsilon);
        var decay = Vector512.Create(piece->Decay);
        for (int j = 0; j < piece->Length; j += Simd.Width)
        {
            var gradient = piece->Gradient == null ? Vector512<float>.Zero : Vector512.Load(piece->Gradient + j) * clip;
            var first = (Vector512.Load(piece->First + j) * beta1) + (gradient * keep1);
            var second = (Vector512.Load(piece->Second + j) * beta2) + (gradient * gradient * keep2);
            first.Store(piece->First + j);
            second.Store(piece->Second + j);
            var denominator = (Vector512.Sqrt(second) * correction) + epsilon;
            ((Vector512.Load(piece->Value + j) * decay) - (rate * first / denominator)).Store(piece->Value + j);
        }
    }
}
