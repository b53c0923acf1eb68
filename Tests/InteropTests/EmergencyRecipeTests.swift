import Foundation
import Testing

/// The way back without sealpipe, as `docs/restore-runbook.md` prints it; and what crosses over.
@Suite(
    .enabled(if: PythonEnvironment.areComplete, Comment(rawValue: PythonEnvironment.whyNot)),
    .timeLimit(.minutes(3)))
struct EmergencyRecipeTests {
    @Test func `aws-encryption-cli, zstd and tar alone restore an archive`() async throws {
        try await withFolder { folder in
            try run(
                """
                mkdir -p tree/a restored
                seq 1 300000 >tree/a/numbers; ln -s a/numbers tree/link; : >tree/empty
                head -c 3000000 /dev/urandom >tree/noise
                archive=$(sealpipe seal --part 1MiB --chunk 256KiB --context dataset=orders tree set)
                key=$(aws kms describe-key --key-id alias/okms/default \
                  --query KeyMetadata.Arn --output text)
                for p in "$archive"/part-*; do
                  aws-encryption-cli --decrypt -S --wrapping-keys key=$key \
                    --encryption-context dataset=orders -i "$p" -o -
                done | zstd -d | tar x -C restored
                diff -r --no-dereference tree restored/tree
                test "$(ls "$archive" | grep -c '^part-')" -gt 2
                sealpipe restore set back && diff -r --no-dereference tree back/tree
                """, in: folder)
        }
    }

    @Test func `an archive on new material of its key opens there as before`() async throws {
        try await withFolder { folder in
            try run(
                """
                mkdir tree; seq 1 100000 >tree/numbers; head -c 300000 /dev/urandom >tree/noise
                key=$(aws kms create-key --query KeyMetadata.Arn --output text)
                archive=$(sealpipe seal --part 128KiB --chunk 64KiB --frame 16KiB --key "$key" \
                  --context dataset=orders tree set)
                wrapped() { grep -o '"wrapped" *: *"[^"]*"' "$archive/manifest.json"; }
                before=$(wrapped)
                sealpipe keys rotate "$key"
                sealpipe rewrap --again set --key "$key"
                test "$before" != "$(wrapped)"
                for p in "$archive"/part-*; do
                  aws-encryption-cli --decrypt -S --wrapping-keys key=$key \
                    --encryption-context dataset=orders -i "$p" -o -
                done | zstd -d | tar x --one-top-level=restored
                diff -r tree restored/tree
                """, in: folder)
        }
    }

    @Test func `a message of the official command line opens here, and the other way`() async throws
    {
        try await withFolder { folder in
            try run(
                """
                seq 1 100000 >plain
                key=$(aws kms create-key --query KeyMetadata.Arn --output text)
                aws-encryption-cli --encrypt -S --wrapping-keys key=$key -i plain -o theirs \
                  --algorithm AES_256_GCM_HKDF_SHA512_COMMIT_KEY \
                  --encryption-context dataset=orders
                sealpipe decrypt <theirs | cmp - plain
                sealpipe encrypt --key "$key" --context dataset=orders <plain >ours
                aws-encryption-cli --decrypt -S --wrapping-keys key=$key -i ours -o - | cmp - plain
                aws kms disable-key --key-id "$key"
                if sealpipe decrypt <theirs >/dev/null; then exit 1; else test $? = 12; fi
                """, in: folder)
        }
    }

    @Test func `a service that is not there, and one that refuses, leave nothing`() async throws {
        try await withFolder { folder in
            try run(
                """
                mkdir tree; echo x >tree/x
                status=0; AWS_SECRET_ACCESS_KEY=wrong sealpipe seal tree set || status=$?
                test $status = 12
                status=0; OKMS_ENDPOINT=http://127.0.0.1:9 sealpipe seal tree set || status=$?
                test $status = 13
                test ! -e set
                AWS_ACCESS_KEY_ID=$SEALER_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$SEALER_SECRET_ACCESS_KEY \
                  sealpipe seal tree set
                status=0
                AWS_ACCESS_KEY_ID=$SEALER_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$SEALER_SECRET_ACCESS_KEY \
                  sealpipe restore set back || status=$?
                test $status = 12
                sealpipe restore set back && diff -r tree back/tree
                """, in: folder)
        }
    }

    /// Runs a script with the programs of ours and the clients' first on its path.
    private func run(_ script: String, in folder: URL) throws {
        let service = try KeyService.running()
        let here = FileManager.default.currentDirectoryPath
        let (process, errors) = (Process(), Pipe())
        let bins = [PythonEnvironment.sdk3, .clients].map {
            URL(filePath: "\(here)/\($0.program("python"))").deletingLastPathComponent().path
        }
        var environment = service.environment
        environment["PATH"] =
            ([KeyService.programs.path] + bins + [environment["PATH"] ?? ""])
            .joined(separator: ":")
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-euo", "pipefail", "-c", script]
        process.currentDirectoryURL = folder
        process.environment = environment
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        let text = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, Comment(rawValue: text))
    }
}
