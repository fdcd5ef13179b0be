internal import Glibc

extension EventLog {
    /// Checks that `path` is a directory with a data file, as every backup is. The content of the file is not read.
    ///
    /// - Throws: `.notABackup` with what is at `path` instead, `.failed` when `path` cannot be read.
    public static func checkBackup(at path: String) throws(BackupError) {
        guard let directory = try status(of: path) else { throw BackupError(notABackup: path, "it does not exist") }
        guard directory.st_mode & S_IFMT == S_IFDIR else {
            throw BackupError(notABackup: path, "it is not a directory (`bitacora log import` reads a file of events)")
        }
        guard let data = try status(of: path + "/data.mdb") else {
            throw BackupError(notABackup: path, "it has no data.mdb")
        }
        guard data.st_mode & S_IFMT == S_IFREG else {
            throw BackupError(notABackup: path, "its data.mdb is not a file")
        }
        guard data.st_size > 0 else { throw BackupError(notABackup: path, "its data.mdb is empty") }
    }

    /// The status of the file at `path`; nil when there is no file.
    private static func status(of path: String) throws(BackupError) -> stat? {
        var status = stat()
        if stat(path, &status) == 0 { return status }
        guard errno == ENOENT || errno == ENOTDIR else { throw UnfinishedLog.failure("\(path) cannot be read") }
        return nil
    }
}
