namespace RlCore.Engines.Managed;

/// <content>Selected log-probs and entropies.</content>
public readonly unsafe partial struct ManagedTensor
{
    /// <inheritdoc/>
    public static TokenLogProbs<ManagedTensor> SelectedLogProbs(
        ManagedTensor hidden, ManagedTensor head, ReadOnlySpan<int> targets, int rows, int columns, double temperature)
    {
        var (states, weight) = (hidden.Node, head.Weight);
        CheckWidths(states, weight);
        int count = CheckTargets(states, weight, targets, rows, columns, temperature);
        var engine = states.Engine;
        var logProbs = engine.NewNode(rows, columns);
        var entropy = engine.NewNode(rows, columns);
        var scored = engine.Arena.Rent(2L * count);
        CompactTargets(targets, scored.Integers, count);
        var compact = Compact(states, scored.Integers, count);
        bool keepsExpected = engine.IsRecording && states.RequiresGradient && !weight.RequiresGradient;
        var statistics = engine.Arena.Rent(StatisticsOf(count) + (keepsExpected ? (long)count * states.Columns : 0));
        var compactLogProbs = engine.Arena.Rent(count);
        float inverseTemperature = (float)(1 / temperature);
        SelectedLogProbsKernel.Forward(
            engine,
            compact.IsNone ? states.Data : compact.Data,
            count,
            weight,
            scored.Integers + count,
            inverseTemperature,
            statistics.Data,
            compactLogProbs.Data,
            keepsExpected ? statistics.Data + StatisticsOf(count) : null);
        Scatter(scored.Integers, count, compactLogProbs.Data, statistics.Data, logProbs, entropy);
        engine.Arena.Return(compactLogProbs);
        (logProbs.Saved0, logProbs.Saved1, logProbs.Saved2) = (scored, statistics, compact);
        (logProbs.Integer0, logProbs.Scalar0) = (count, inverseTemperature);
        if (Record(logProbs, &LogProbsBackward, states, weight))
        {
            // The entropy is the later node: its gradient arrives first and waits in the log-probs' node, which passes both on.
            Record(entropy, &EntropyBackward, logProbs);
        }

        return new TokenLogProbs<ManagedTensor>(new ManagedTensor(logProbs), new ManagedTensor(entropy));
    }

    private static int CheckTargets(Node hidden, Node head, ReadOnlySpan<int> targets, int rows, int columns, double temperature)
    {
        if (rows < 0 || columns < 0 || targets.Length != hidden.Rows || (long)rows * columns != hidden.Rows)
        {
            throw new ArgumentException(
                $"Hidden [{hidden.Rows}, {hidden.Columns}] with {targets.Length} targets cannot give [{rows}, {columns}] log-probs.");
        }

        ScoringTemperature.Check(temperature);
        int count = 0;
        foreach (int target in targets)
        {
            if (target >= head.Rows)
            {
                throw new ArgumentOutOfRangeException(nameof(targets), target, $"A target of a vocabulary of {head.Rows} is below it.");
            }

            count += target >= 0 ? 1 : 0;
        }

        return count;
    }

    /// <summary>Floats of the scored rows' statistics, in whole lines; the expected rows of the head follow.</summary>
    private static long StatisticsOf(int count) => Simd.RoundUp(2 * count);

    /// <summary>[count] rows that are scored, then their [count] targets.</summary>
    private static void CompactTargets(ReadOnlySpan<int> targets, int* scored, int count)
    {
        int next = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            if (targets[i] >= 0)
            {
                scored[next] = i;
                scored[count + next++] = targets[i];
            }
        }
    }

    /// <summary>The scored rows side by side; none where all rows are scored.</summary>
    private static Block Compact(Node states, int* rows, int count)
    {
        if (count == states.Rows)
        {
            return default;
        }

        var block = states.Engine.Arena.Rent((long)count * states.Columns);
        Gathering.Forward(states.Engine.Pool, states, rows, count, block.Data);
        return block;
    }

    private static void Scatter(int* rows, int count, float* compactLogProbs, float* statistics, Node logProbs, Node entropy)
    {
        new Span<float>(logProbs.Data, logProbs.Length).Clear();
        new Span<float>(entropy.Data, entropy.Length).Clear();
        for (int i = 0; i < count; i++)
        {
            logProbs.Data[rows[i]] = compactLogProbs[i];
            entropy.Data[rows[i]] = statistics[(2 * i) + 1];
        }
    }

    private static void EntropyBackward(Node node)
    {
        var logProbs = node.A!;
        bool fresh = !logProbs.HasGradient;
        logProbs.Accepts(out var sink);
        if (fresh)
        {
            new Span<float>(sink.Data, logProbs.Length).Clear();
        }

        logProbs.PartnerGradient = node.Gradient;
        node.Gradient = default;
    }

    private static void LogProbsBackward(Node node)
    {
        var (engine, states, weight, count) = (node.Engine, node.A!, node.B!, node.Integer0);
        var arrived = engine.Arena.Rent(2L * count);
        bool hasEntropy = !node.PartnerGradient.IsNone;
        int* rows = node.Saved0.Integers;
        for (int i = 0; i < count; i++)
        {
            arrived.Data[i] = node.Arrived[rows[i]];
            arrived.Data[count + i] = node.PartnerGradient.IsNone ? 0 : node.PartnerGradient.Data[rows[i]];
        }

        engine.Arena.Return(node.PartnerGradient);
        node.PartnerGradient = default;
        var upstream = new SelectedLogProbsKernel.Upstream
        {
            Targets = rows + count,
            Statistics = node.Saved1.Data,
            LogProbGradients = arrived.Data,
            EntropyGradients = arrived.Data + count,
            InverseTemperature = node.Scalar0,
        };
        float* expected = hasEntropy || weight.RequiresGradient ? null : node.Saved1.Data + StatisticsOf(count);
        Deliver(node, states, weight, count, upstream, expected);
        engine.Arena.Return(arrived);
    }

    private static void Deliver(
        Node node, Node states, Node weight, int count, SelectedLogProbsKernel.Upstream upstream, float* expected)
    {
        var engine = node.Engine;
        float* inputs = node.Saved2.IsNone ? states.Data : node.Saved2.Data;
        bool wantsStates = states.Accepts(out var stateSink);
        if (!weight.Accepts(out var weightSink))
        {
            weightSink = default;
        }
        else if (count == 0 && !weightSink.Accumulate)
        {
            Elementwise.Fill(engine.Pool, weightSink.Data, weight.Length, 0);
        }

        if (!wantsStates || node.Saved2.IsNone)
        {
            Backward(wantsStates ? stateSink : default);
            return;
        }

        var compact = engine.Arena.Rent((long)count * states.Columns);
        Backward(new GradientSink(compact.Data, false));
        if (!stateSink.Accumulate)
        {
            Elementwise.Fill(engine.Pool, stateSink.Data, states.Length, 0);
        }

        for (int i = 0; i < count; i++)
        {
            Elementwise.AddRow(
                compact.Data + ((long)i * states.Columns),
                stateSink.Data + ((long)node.Saved0.Integers[i] * states.Columns),
                states.Columns);
        }

        engine.Arena.Return(compact);

        void Backward(GradientSink sink)
        {
            if (expected == null)
            {
                SelectedLogProbsKernel.Backward(engine, inputs, count, weight, upstream, sink, weightSink);
            }
            else
            {
                SelectedLogProbsKernel.BackwardFromExpected(engine, count, weight, upstream, expected, sink);
            }
        }
    }
}
