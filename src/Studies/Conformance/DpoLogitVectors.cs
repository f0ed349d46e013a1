using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>DPO down to the logits: rows 0 … B − 1 chosen, the rest rejected; logits[t] scores the token at t + 1.</summary>
internal static class DpoLogitVectors
{
    public static void Run(VectorInputs inputs, VectorOutputs outputs)
    {
        var batch = new Batch(inputs);
        double beta = inputs.Number("beta");
        var sigmoid = new PreferenceLoss.Sigmoid(beta);
        var bco = new PreferenceLoss.Bco(beta);
        Write("sigmoid", x => Mean(Pairs(batch, x, sigmoid, 1)));
        Write("ipo", x => Mean(Pairs(batch, x, new PreferenceLoss.Ipo(beta, Normalized: true), 1)));
        Write("sft", batch.ChosenNll);
        Write("mpo_sigmoid0.8_bco_pair0.2_sft1.0", x =>
            Dual<Real>.Scale(Mean(Pairs(batch, x, sigmoid, 1)), 0.8) + Dual<Real>.Scale(Mean(Pairs(batch, x, bco, 1)), 0.2)
                + batch.ChosenNll(x));
        Write(
            "wpo_sigmoid",
            x => Mean([.. Pairs(batch, x, sigmoid, 1).Select((loss, pair) => loss * Dual<Real>.StopGradient(batch.Weight(x, pair)))]));
        Write("ld_alpha_0.5_sigmoid", x => Mean(Pairs(batch, x, sigmoid, 0.5)));
        WriteMetrics(batch, outputs, beta, "sigmoid", 1);
        WriteMetrics(batch, outputs, beta, "ld_alpha_0.5_sigmoid", 0.5);

        void Write(string name, Func<Dual<Real>[], Dual<Real>> loss)
        {
            outputs[name, "loss"] = loss(batch.Constants).Value;
            outputs.Set(Gradients.Of(batch.Logits, loss), name, "grad_logits");
        }
    }

    private static Dual<Real>[] Pairs(Batch batch, Dual<Real>[] x, PreferenceLoss loss, double tailWeight) =>
    [
        .. Enumerable.Range(0, batch.PairCount).Select(pair => loss.Evaluate(
            Score(batch, x, pair, loss.LengthNormalized, tailWeight),
            Score(batch, x, batch.PairCount + pair, loss.LengthNormalized, tailWeight))),
    ];

    private static Dual<Real> Score(Batch batch, Dual<Real>[] x, int row, bool normalized, double tailWeight) => Dual<Real>.Scale(
        batch.Sum(x, row, tailWeight) - batch.Sum(batch.Reference, row, tailWeight), normalized ? 1.0 / Math.Max(1, batch.Length(row)) : 1);

    private static Dual<Real> Mean(Dual<Real>[] losses) =>
        Dual<Real>.Scale(losses.Aggregate((sum, loss) => sum + loss), 1.0 / losses.Length);

    private static void WriteMetrics(Batch batch, VectorOutputs outputs, double beta, string name, double tailWeight)
    {
        int[] chosen = [.. Enumerable.Range(0, batch.PairCount)];
        int[] rejected = [.. chosen.Select(row => row + batch.PairCount)];
        int[] all = [.. chosen, .. rejected];
        Set("entropy", Average(all, batch.Entropy));
        Set("logits_chosen", Average(chosen, position => batch.Row(batch.Logits, position).Average()));
        Set("logits_rejected", Average(rejected, position => batch.Row(batch.Logits, position).Average()));
        Set("mean_token_accuracy", Average(chosen, position => batch.IsGreedy(position) ? 1 : 0));
        DpoVectors.WriteMetrics(
            outputs,
            beta,
            Sums(batch.Constants, chosen),
            Sums(batch.Constants, rejected),
            Ratios(chosen),
            Ratios(rejected),
            name,
            "metrics");

        void Set(string metric, double value) => outputs[name, "metrics", metric] = value;

        double Average(int[] rows, Func<int, double> quantity) =>
            rows.SelectMany(batch.Positions).Select(quantity).DefaultIfEmpty(0).Average();

        double[] Sums(Dual<Real>[] x, int[] rows) => [.. rows.Select(row => (double)batch.Sum(x, row, tailWeight).Value)];

        double[] Ratios(int[] rows) => [.. Sums(batch.Constants, rows).Zip(Sums(batch.Reference, rows), (l, r) => l - r)];
    }

    private sealed class Batch
    {
        private readonly int[] _ids;
        private readonly bool[] _mask;
        private readonly int _columns;
        private readonly int _categories;

        public Batch(VectorInputs inputs)
        {
            int[] shape = inputs.Shape("logits");
            (PairCount, _columns, _categories) = (shape[0] / 2, shape[1], shape[2]);
            Logits = inputs.Array("logits");
            Constants = [.. Logits.Select(value => Dual<Real>.Constant(value))];
            Reference = [.. inputs.Array("ref_logits").Select(value => Dual<Real>.Constant(value))];
            _ids = inputs.Ints("input_ids");
            _mask = inputs.Flags("completion_mask");
        }

        public int PairCount { get; }

        public double[] Logits { get; }

        public Dual<Real>[] Constants { get; }

        public Dual<Real>[] Reference { get; }

        /// <summary>Positions whose logits score a completion token, as indices into the [rows · columns] positions.</summary>
        public int[] Positions(int row) =>
            [.. Enumerable.Range(0, _columns - 1).Where(t => _mask[(row * _columns) + t + 1]).Select(t => (row * _columns) + t)];

        public int Length(int row) => Positions(row).Length;

        public TValue[] Row<TValue>(TValue[] logits, int position) => logits[(position * _categories)..((position + 1) * _categories)];

        /// <summary>Σ log-probs of a completion; tokens past the shorter completion of the pair are weighted.</summary>
        public Dual<Real> Sum(Dual<Real>[] x, int row, double tailWeight)
        {
            int shared = Math.Min(Length(row), Length((row + PairCount) % (2 * PairCount)));
            return Positions(row).Select((position, i) => Dual<Real>.Scale(LogProb(x, position), i < shared ? 1 : tailWeight))
                .Aggregate(default(Dual<Real>), (sum, logProb) => sum + logProb);
        }

        /// <summary>Mean NLL over all chosen completion tokens.</summary>
        public Dual<Real> ChosenNll(Dual<Real>[] x)
        {
            int[] positions = [.. Enumerable.Range(0, PairCount).SelectMany(Positions)];
            return Dual<Real>.Scale(
                positions.Aggregate(default(Dual<Real>), (sum, position) => sum + SupervisedLosses.TokenNll(LogProb(x, position))),
                1.0 / positions.Length);
        }

        /// <summary>WPO's weight of a pair: Π over both of exp(mean(log p − log Σp²)).</summary>
        public Dual<Real> Weight(Dual<Real>[] x, int pair) => CompletionWeight(x, pair) * CompletionWeight(x, pair + PairCount);

        public double Entropy(int position) =>
            Categorical.Entropy<Dual<Real>>(Categorical.LogSoftmax<Dual<Real>>(Row(Constants, position))).Value;

        public bool IsGreedy(int position)
        {
            double[] row = Row(Logits, position);
            return Array.IndexOf(row, row.Max()) == _ids[position + 1];
        }

        private Dual<Real> CompletionWeight(Dual<Real>[] x, int row)
        {
            int[] positions = Positions(row);
            Dual<Real> sum = positions.Aggregate(
                default(Dual<Real>), (total, position) => total + PreferenceLosses.LogOnPolicyWeight<Dual<Real>>(
                LogProb(x, position), Categorical.LogSoftmax<Dual<Real>>(Row(x, position))));
            return Dual<Real>.Exp(Dual<Real>.Scale(sum, 1.0 / Math.Max(1, positions.Length)));
        }

        private Dual<Real> LogProb(Dual<Real>[] x, int position) =>
            Categorical.LogSoftmax<Dual<Real>>(Row(x, position))[_ids[position + 1]];
    }
}
